"""Pages and messages on one address: each request goes where it belongs, every time."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from yibao.gateway import app
from yibao.gateway.app import beside


async def page(request: Request) -> PlainTextResponse:
    """Answers as a page."""
    return PlainTextResponse("page")


async def message(request: Request) -> PlainTextResponse:
    """Answers as the interface."""
    return PlainTextResponse("message")


def test_a_path_is_told_again_as_it_was_told_first() -> None:
    pages = Starlette(
        routes=[Route("/calc/{id}", page, methods=["POST"]), Route("/about", page, methods=["GET"])]
    )
    gateway = Starlette(routes=[Route("/{path:path}", message, methods=["POST", "OPTIONS"])])
    client = TestClient(beside(pages, gateway))
    long = "/calc/" + "9" * app._LONGEST_KEPT
    for _ in range(2):
        assert client.post("/calc/visit").text == "page"
        assert client.post(long).text == "page"
        assert client.post("/fsi/api/callService").text == "message"
        assert client.post(long + "/2204").text == "message"
        assert client.post("/about").text == "message"
        assert client.get("/about").text == "page"
        assert client.options("/calc/visit").text == "message"
        assert client.get("/fsi/api/callService").status_code == 404
