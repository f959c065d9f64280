"""The same server answering one page that was made before: what HTTP itself costs here.

python constant.py PORT WORKERS FILE
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from yibao.cli.serving import GuardedConnection

_FILE = "YIBAO_CONSTANT_PAGE"


def app() -> Starlette:
    """Every address gives the bytes of the file."""
    content = Path(os.environ[_FILE]).read_bytes()

    async def page(request: Request) -> Response:
        return HTMLResponse(content)

    return Starlette(routes=[Route("/{path:path}", page)])


if __name__ == "__main__":
    os.environ[_FILE] = sys.argv[3]
    uvicorn.run(
        "constant:app",
        factory=True,
        port=int(sys.argv[1]),
        workers=int(sys.argv[2]),
        http=GuardedConnection,
        access_log=False,
        log_level="warning",
        app_dir=str(Path(__file__).parent),
    )
