"""``yibao serve``: the pages, the API and the interface on one address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yibao.cli.options import whole
from yibao.database.place import data_folder
from yibao.errors import InputError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from yibao.gateway.keys import Keys


_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _keys(path: str, host: str) -> Keys:
    """What a keys file says; without keys only this machine is answered."""
    from yibao.gateway.keys import KEYS_VARIABLE, Keys, read_keys

    found = read_keys(Path(path)) if path else Keys()
    if host not in _LOOPBACK and not found.closed:
        raise InputError(
            "网关没有配置人人要用的密钥，只能听本机；请用 yibao sandbox keys 生成一份，"
            f"以 --keys 或 {KEYS_VARIABLE} 指明，或者加 --no-gateway",
            place="--host",
        )
    return found


@contextmanager
def _with_gateway(
    pages: Starlette, keys: Keys, folder: Path, address: str, *, strict: bool
) -> Iterator[ASGIApp]:
    """The sandbox gateway beside the pages; says whom and what it knows."""
    from yibao.gateway.app import beside, create_app
    from yibao.gateway.inspector.keeping import forgetting
    from yibao.gateway.inspector.pages import PATH, Inspector, new_token
    from yibao.gateway.sandbox import open_sandbox, place_of, summary
    from yibao.gateway.settings import GatewaySettings
    from yibao.policy.compile import PolicyLibrary

    library = PolicyLibrary.load()
    settings = GatewaySettings(
        strict=strict,
        headers=keys.headers,
        senders=keys.senders,
        apps=keys.apps,
        sandbox=True,
        inspect=True,
    )
    database = open_sandbox(library, place_of(folder))
    token = new_token()
    gateway = create_app(database, library, settings)
    for line in (
        "医保接口（POST，任何路径）：",
        f"  {address}fsi/api/rsfComIfsService/callService",
        "报文检视（只有这个地址打得开，服务停了就作废）：",
        f"  {address.rstrip('/')}{PATH}/?token={token}",
        "密钥：",
        *(keys.shown() or ["  没有配置，请求头和签名都不核对，只听本机"]),
        *summary(),
    ):
        typer.echo(line, err=True)
    with forgetting(database):
        yield beside(pages, gateway, {PATH: Inspector(database, token).app()})
    database.dispose()


def serve(
    host: Annotated[str, typer.Option("--host", metavar="地址", help="听哪个地址。")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="端口", help="听哪个端口。")] = 8000,
    data: Annotated[
        str,
        typer.Option(
            "--data", metavar="文件夹", help="沙箱库与报错存放处；缺省用 YIBAO_DATA_DIR。"
        ),
    ] = "",
    gateway: Annotated[
        bool, typer.Option("--gateway/--no-gateway", help="同时开沙箱网关，说国家接口。")
    ] = True,
    strict: Annotated[bool, typer.Option("--strict", help="网关从严，不补沙箱的缺省。")] = False,
    keys: Annotated[
        str,
        typer.Option(
            "--keys",
            envvar="YIBAO_GATEWAY_KEYS",
            metavar="文件",
            help="网关的密钥；没有密钥只听本机。",
        ),
    ] = "",
) -> None:
    """启动网页与数据接口：计算、政策库、指南、名录；旁边是沙箱网关和报文检视。

    例子：
      yibao serve
      yibao serve --port 8080 --no-gateway
      yibao serve --keys keys.yaml --host 0.0.0.0
    """
    import uvicorn

    from yibao.api.observe import log_to_stderr
    from yibao.portal.app import create_app

    folder = Path(data) if data else data_folder()
    whole(port, "--port", 0, 65_535)
    read = _keys(keys, host) if gateway else None
    pages = create_app(data=folder)
    log_to_stderr()
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/"

    def listen(app: ASGIApp) -> None:
        # Its own access log would write addresses with what people typed.
        uvicorn.run(
            app, host=host, port=port, access_log=False, log_level="warning", server_header=False
        )

    typer.echo(f"网页和数据接口：\n  {address}", err=True)
    if read is None:
        listen(pages)
        return
    with _with_gateway(pages, read, folder, address, strict=strict) as app:
        listen(app)
