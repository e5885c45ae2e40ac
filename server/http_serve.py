"""Runs the HTTP application: opens the port, prints how to connect, ends well on SIGTERM and Ctrl-C.

Above: server.compose. Below: server.http_app, aiohttp's runner.
"""

import asyncio
import errno
import signal
import socket
import sys
from collections.abc import Callable
from typing import Final

from aiohttp import web

from server.dispatch import Dispatcher
from server.http_app import HttpApp
from server.settings import Settings

GRACE_SECONDS: Final = 5.0  # what calls under way get to finish at the end
CANNOT_BIND: Final = 3  # exit code: the address cannot be opened


async def serve(dispatcher: Dispatcher, settings: Settings, greeting: Callable[[int], str]) -> int:
    """Serve until a signal; gives the exit code. `greeting` is printed with the port that was opened."""
    app = HttpApp(dispatcher, settings).application()
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=GRACE_SECONDS)
    await runner.setup()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        sys.stdout.write(greeting(runner.addresses[0][1]))
        sys.stdout.flush()
        await ended.wait()
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        sys.stderr.write(f"workflow-lookup: cannot serve on {where}: {_reason(error)}\n")
        return CANNOT_BIND
    finally:
        await runner.cleanup()
    return 0


def _reason(error: OSError) -> str:
    """Say why an address cannot be opened, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return "the port is taken; give another with --port (0 = any free one), under make with PORT=9000 make run"
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return "this machine has no such address; give one of its own with --host"
    return "the address cannot be used; give another with --host or --port"
