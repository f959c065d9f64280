"""``yibao serve``: the pages, the API and the interface on one address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from yibao.cli.declared import Option
from yibao.cli.language import language
from yibao.cli.options import whole
from yibao.database.place import data_folder
from yibao.errors import InputError
from yibao.messages import message

if TYPE_CHECKING:
    from yibao.cli.serving import Serving
    from yibao.gateway.keys import Keys


_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _keys(path: str, host: str) -> Keys:
    """What a keys file says; without keys only this machine is answered."""
    from yibao.gateway.keys import KEYS_VARIABLE, Keys, read_keys

    keys = read_keys(Path(path)) if path else Keys()
    if host not in _LOOPBACK and not keys.closed:
        raise InputError(
            message(
                "网关没有配置人人要用的密钥，只能听本机；"
                "请用 yibao sandbox keys 生成一份，"
                "以 --keys 或 {variable} 指明，或者加 --no-gateway",
                variable=KEYS_VARIABLE,
            ),
            place="--host",
        )
    return keys


def _told(serving: Serving, keys: Keys, address: str) -> list[str]:
    """What a vendor needs to know to begin."""
    from yibao.gateway.inspector.pages import PATH
    from yibao.gateway.sandbox import summary

    inspector = (
        "报文检视（只有这个地址打得开，服务停了就作废）：",
        f"  {address.rstrip('/')}{PATH}/?token={serving.token}",
    )
    return [
        "医保接口（POST，任何路径）：",
        f"  {address}fsi/api/rsfComIfsService/callService",
        *(inspector if serving.sandbox else ()),
        "密钥：",
        *(keys.shown(language()) or ["  没有配置，请求头和签名都不核对，只听本机"]),
        *(summary(language()) if serving.sandbox else ()),
    ]


def _logins(serving: Serving) -> list[str]:
    """Who can sign in to the demo, which is made first where it is not there yet."""
    from yibao.policy.compile import PolicyLibrary
    from yibao.scenario.demo import FILE_NAME, is_demo, logins

    if not serving.sandbox or serving.database:
        return []
    if not (Path(serving.folder) / FILE_NAME).exists():
        click.echo("正在生成演示数据：几百个虚构的人和一年的往来，只这一次……", err=True)
    database = serving.open(PolicyLibrary.load())
    try:
        users = logins(database) if is_demo(database) else []
    finally:
        database.dispose()
    rows = [f"  {user.login}  {user.password}  {user.role.label} {user.who}" for user in users]
    return ["测试登录（登录名、密码、身份）：", *rows] if rows else []


def serve(
    host: Annotated[str, Option("--host", metavar="地址", help="听哪个地址。")] = "127.0.0.1",
    port: Annotated[int, Option("--port", metavar="端口", help="听哪个端口。")] = 8000,
    data: Annotated[
        str,
        Option("--data", metavar="文件夹", help="沙箱库与报错存放处；缺省用 YIBAO_DATA_DIR。"),
    ] = "",
    gateway: Annotated[
        bool, Option("--gateway/--no-gateway", help="同时开沙箱网关，说国家接口。")
    ] = True,
    strict: Annotated[bool, Option("--strict", help="网关从严，不补沙箱的缺省。")] = False,
    keys: Annotated[
        str,
        Option(
            "--keys",
            envvar="YIBAO_GATEWAY_KEYS",
            metavar="文件",
            help="网关的密钥；没有密钥只听本机。",
        ),
    ] = "",
    database: Annotated[
        str, Option("--database", metavar="地址", help="网关的库；缺省是本机的沙箱。")
    ] = "",
    sandbox: Annotated[
        bool, Option("--sandbox/--no-sandbox", help="库是沙箱，听 yibao sandbox 的指挥。")
    ] = True,
    waiting: Annotated[
        int,
        Option("--waiting", metavar="条数", help="每个进程同时在办的报文；再多就答繁忙。"),
    ] = 256,
    workers: Annotated[
        int, Option("--workers", metavar="个数", help="几个进程；多于一个要 PostgreSQL。")
    ] = 1,
) -> None:
    """启动网页与数据接口：计算、政策库、指南、名录；旁边是沙箱网关和报文检视。

    例子：
      yibao serve
      yibao serve --port 8080 --no-gateway
      yibao serve --keys keys.yaml --host 0.0.0.0
      yibao serve --database postgresql://用户@主机/库 --workers 2
    """
    from yibao.api.observe import log_to_stderr
    from yibao.cli.serving import Serving, listen

    whole(port, "--port", 0, 65_535)
    whole(workers, "--workers", 1, 64)
    whole(waiting, "--waiting", 1, 100_000)
    read = _keys(keys, host) if gateway else None
    if gateway and not sandbox and not database:
        raise InputError(message("不是沙箱的库要写明地址"), place="--database")
    serving = Serving(
        folder=str(Path(data) if data else data_folder()),
        gateway=gateway,
        strict=strict,
        keys=keys,
        database=database,
        sandbox=sandbox,
        waiting=waiting,
    )
    log_to_stderr()
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/"
    for line in _logins(serving):
        click.echo(line, err=True)
    click.echo(f"网页和数据接口：\n  {address}", err=True)
    for line in [] if read is None else _told(serving, read, address):
        click.echo(line, err=True)
    listen(serving, host, port, workers)
