"""Runs the HTTP application: opens the port, prints how to connect, ends well on SIGTERM and Ctrl-C.

Above: server.compose. Below: server.http_app, aiohttp's runner.
"""

import asyncio
import signal
import sys
from typing import Final

from aiohttp import web

from server.dispatch import Dispatcher
from server.http_app import HttpApp
from server.settings import Settings

GRACE_SECONDS: Final = 5.0  # what calls under way get to finish at the end
CANNOT_BIND: Final = 3  # exit code: the address cannot be opened


async def serve(dispatcher: Dispatcher, settings: Settings, greeting: str) -> int:
    """Serve until a signal; gives the exit code."""
    app = HttpApp(dispatcher, settings).application()
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=GRACE_SECONDS)
    await runner.setup()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        sys.stdout.write(greeting)
        sys.stdout.flush()
        await ended.wait()
    except OSError as error:
        reason = error.strerror or "the address cannot be used"
        sys.stderr.write(f"workflow-lookup: cannot serve on {settings.host}:{settings.port}: {reason}; try --port\n")
        return CANNOT_BIND
    finally:
        await runner.cleanup()
    return 0
