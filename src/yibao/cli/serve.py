"""``yibao serve``: the pages and the API on one address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yibao.cli.options import whole
from yibao.database.place import data_folder
from yibao.errors import InputError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp


_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _with_gateway(pages: Starlette, *, strict: bool) -> ASGIApp:
    """The sandbox gateway beside the pages; says whom and what it knows."""
    from yibao.gateway.app import beside, create_app
    from yibao.gateway.sandbox import open_sandbox, summary
    from yibao.gateway.settings import GatewaySettings
    from yibao.policy.compile import PolicyLibrary

    library = PolicyLibrary.load()
    settings = GatewaySettings(strict=strict, sandbox=True)
    for line in summary():
        typer.echo(line, err=True)
    return beside(pages, create_app(open_sandbox(library), library, settings))


def serve(
    host: Annotated[str, typer.Option("--host", metavar="地址", help="听哪个地址。")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="端口", help="听哪个端口。")] = 8000,
    data: Annotated[
        str, typer.Option("--data", metavar="文件夹", help="报错存放处；缺省用 YIBAO_DATA_DIR。")
    ] = "",
    gateway: Annotated[
        bool, typer.Option("--gateway/--no-gateway", help="同时开沙箱网关，说国家接口。")
    ] = True,
    strict: Annotated[bool, typer.Option("--strict", help="网关从严，不补沙箱的缺省。")] = False,
) -> None:
    """启动网页与数据接口：计算、政策库、指南、名录；旁边是沙箱网关。

    例子：
      yibao serve
      yibao serve --port 8080 --no-gateway
    """
    import uvicorn

    from yibao.api.observe import log_to_stderr
    from yibao.portal.app import create_app

    folder = Path(data) if data else data_folder()
    pages = create_app(data=folder)
    app: ASGIApp = pages
    if gateway:
        if host not in _LOOPBACK:
            raise InputError(
                "沙箱网关没有配置密钥，只能听本机；对外请加 --no-gateway", place="--host"
            )
        app = _with_gateway(pages, strict=strict)
    log_to_stderr()
    typer.echo(f"http://{host}:{whole(port, '--port', 0, 65_535)}/", err=True)
    # Its own access log would write addresses with what people typed.
    uvicorn.run(
        app, host=host, port=port, access_log=False, log_level="warning", server_header=False
    )
