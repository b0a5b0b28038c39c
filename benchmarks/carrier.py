"""A carrier that answers at once: the other end of the wire of a benchmark. Prints its port, runs until it is ended."""

import itertools

from aiohttp import web

_numbers = itertools.count(1)


async def take(request: web.Request) -> web.Response:
    """Accept any message."""
    await request.read()
    return web.json_response({"data": {"id": f"mdr2-{next(_numbers)}"}}, status=202)


def main() -> None:
    """Serve on a free port of this machine."""
    app = web.Application()
    app.router.add_post("/v2.1/messages", take)
    web.run_app(
        app,
        host="127.0.0.1",
        port=0,
        access_log=None,
        print=lambda text: print(text, flush=True) if "http" in text else None,
    )


if __name__ == "__main__":
    main()
