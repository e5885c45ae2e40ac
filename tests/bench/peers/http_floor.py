"""The least an aiohttp server can be: one route that reads the body and answers fixed bytes. The yardstick over HTTP.

Above: tests.bench.http_rows starts it as a script (`http_floor.py PORT FILE`). Below: nothing of ours.
"""

import sys
from pathlib import Path

from aiohttp import web


def application(answer: bytes) -> web.Application:
    """Make the application that answers every POST at /mcp with `answer`."""

    async def fixed(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=answer, headers={"Content-Type": "application/json"})

    app = web.Application()
    app.router.add_post("/mcp", fixed)
    return app


if __name__ == "__main__":
    web.run_app(application(Path(sys.argv[2]).read_bytes()), host="127.0.0.1", port=int(sys.argv[1]), access_log=None)
