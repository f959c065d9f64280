"""The same server doing nothing: HTTP, the worker thread and an answer, without any work."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette

from yibao.cli.serving import GuardedConnection
from yibao.database.unit import open_database
from yibao.gateway.app import create_app
from yibao.gateway.message import Received, Reply
from yibao.policy.compile import PolicyLibrary

_ANSWER = b'{"infcode":0,"output":{"data":{}}}'


def app() -> Starlette:
    """The interface with its platform taken out."""
    service = create_app(open_database("sqlite:///nothing.db"), PolicyLibrary.load())

    def answer(_: Received) -> Reply:
        return Reply(_ANSWER)

    service.state.platform.answer = answer
    return service


if __name__ == "__main__":
    uvicorn.run(
        "nothing:app",
        factory=True,
        port=int(sys.argv[1]),
        workers=int(sys.argv[2]),
        http=GuardedConnection,
        access_log=False,
        log_level="warning",
    )
