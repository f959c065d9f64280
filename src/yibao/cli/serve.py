"""``yibao serve``: the pages, the API and the interface on one address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from yibao.cli.declared import Option
from yibao.cli.language import language, say, worded
from yibao.cli.options import whole
from yibao.cli.reached import (
    is_local,
    listening_address,
    proxy_networks,
    public_address,
    reserved_port,
)
from yibao.cli.store import warn_of_password
from yibao.database.place import URL_VARIABLE, data_folder
from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.shelves import tried_overlays

if TYPE_CHECKING:
    from yibao.cli.serving import Serving
    from yibao.gateway.keys import Keys


def _keys(path: str, only_here: bool) -> Keys:
    """What a keys file says; without keys only this machine is answered."""
    from yibao.gateway.keys import KEYS_VARIABLE, Keys, read_keys

    keys = read_keys(Path(path)) if path else Keys()
    if not only_here and not keys.closed:
        raise InputError(
            message(
                "网关没有配置人人要用的密钥，只能听本机，前面也不能有代理；"
                "请用 yibao sandbox keys --output 生成一份，"
                "以 --keys 或 {variable} 指明，或者加 --no-gateway",
                variable=KEYS_VARIABLE,
            ),
            place="--host",
        )
    return keys


def _told(serving: Serving, keys: Keys, address: str, sandbox: bool) -> list[str]:
    """What a vendor needs to know to begin."""
    from yibao.gateway.inspector.pages import PATH
    from yibao.gateway.sandbox import summary

    inspector = (
        say("报文检视（只有这个地址打得开，服务停了就作废）："),
        f"  {address.rstrip('/')}{PATH}/?token={serving.token}",
    )
    strict = say("真的库：从严，没有沙箱的人、时钟、故障和缴费渠道")
    return [
        say("医保接口（POST，任何路径）："),
        f"  {address}fsi/api/rsfComIfsService/callService",
        *(inspector if sandbox else ()),
        say("密钥："),
        *(keys.shown(language()) or [say("  没有配置，请求头和签名都不核对，只听本机")]),
        *(summary(language()) if sandbox else [strict]),
    ]


def _looked_at(serving: Serving) -> tuple[bool, list[str]]:
    """Whether the store is a sandbox, and who can sign in to the demo, as lines.

    The store of the data folder is made first where it is not there yet.
    """
    from yibao.policy.compile import PolicyLibrary
    from yibao.scenario.demo import is_demo, logins

    database = serving.open(PolicyLibrary.load(), lambda said: click.echo(worded(said), err=True))
    try:
        sandbox = database.is_sandbox()
        if not sandbox and tried_overlays():
            raise InputError(message("真的库不能叠加试算的规则：请用沙箱"), place="--with")
        users = logins(database) if not serving.database and is_demo(database) else []
    finally:
        database.dispose()
    rows = [
        f"  {user.login}  {user.password}  {worded(user.role.wording)} {user.who}" for user in users
    ]
    code = say("参保人之外还要验证码：yibao sandbox code 登录名 打印现在的 6 位数")
    return sandbox, [say("测试登录（登录名、密码、身份）："), *rows, code] if rows else []


def serve(
    host: Annotated[
        str, Option("--host", metavar=message("地址"), help=message("听哪个地址。"))
    ] = "127.0.0.1",
    port: Annotated[
        int, Option("--port", metavar=message("端口"), help=message("听哪个端口。"))
    ] = 8000,
    data: Annotated[
        str,
        Option(
            "--data",
            metavar=message("文件夹"),
            help=message("沙箱库与报错存放处；缺省用 YIBAO_DATA_DIR。"),
        ),
    ] = "",
    gateway: Annotated[
        bool, Option("--gateway/--no-gateway", help=message("同时开沙箱网关，说国家接口。"))
    ] = True,
    strict: Annotated[bool, Option("--strict", help=message("网关从严，不补沙箱的缺省。"))] = False,
    invent: Annotated[
        bool,
        Option("--invent", help=message("沙箱：没有明细的，不论自报怎样分，都按一行甲类结算。")),
    ] = False,
    keys: Annotated[
        str,
        Option(
            "--keys",
            envvar="YIBAO_GATEWAY_KEYS",
            metavar=message("文件"),
            help=message("网关的密钥；没有密钥只听本机。"),
        ),
    ] = "",
    database: Annotated[
        str,
        Option(
            "--database",
            envvar=URL_VARIABLE,
            metavar=message("地址"),
            help=message("库的地址；缺省是本机的沙箱。带密码的写在环境变量里，命令行谁都看得见。"),
        ),
    ] = "",
    public_url: Annotated[
        str,
        Option(
            "--public-url",
            envvar="YIBAO_PUBLIC_URL",
            metavar=message("网址"),
            help=message("人们打开本站的网址，印在收据与结算单的二维码里；缺省是所听的地址。"),
        ),
    ] = "",
    proxy: Annotated[
        list[str],
        Option(
            "--proxy",
            envvar="YIBAO_PROXIES",
            metavar=message("网段"),
            help=message(
                "前面的反向代理，可以写几次（环境变量里用空格隔开）；只有它们说的来源地址才算数。"
            ),
        ),
    ] = [],  # noqa: B006 - nobody changes it
    waiting: Annotated[
        int,
        Option(
            "--waiting",
            metavar=message("条数"),
            help=message("每个进程同时在办的报文；再多就答繁忙。"),
        ),
    ] = 256,
    workers: Annotated[
        int,
        Option(
            "--workers", metavar=message("个数"), help=message("几个进程；多于一个要 PostgreSQL。")
        ),
    ] = 1,
) -> None:
    """启动网页与数据接口：计算、政策库、指南、名录；旁边是沙箱网关和报文检视。

    例子：
      yibao serve
      yibao serve --port 8080 --no-gateway
      yibao serve --keys keys.yaml --host 0.0.0.0
      yibao serve --keys keys.yaml --database postgresql://用户@主机/库 --workers 2
      yibao serve --keys keys.yaml --public-url https://yibao.example.org --proxy 127.0.0.1

    库是沙箱还是真的，看建库时写下的记号：yibao sandbox 建的是沙箱，yibao db init 建的是真的。
    """
    from yibao.api.observe import log_to_stderr
    from yibao.cli.serving import Serving, listen
    from yibao.gateway.keys import KEYS_VARIABLE

    whole(port, "--port", 0, 65_535)
    whole(workers, "--workers", 1, 64)
    whole(waiting, "--waiting", 1, 100_000)
    proxies = proxy_networks(proxy)
    with reserved_port(host, port) as real_port:
        listening = listening_address(host, real_port)
        address = public_address(public_url) if public_url else listening
        only_here = not proxies and is_local(listening) and is_local(address)
        read = _keys(keys, only_here) if gateway else None
        warn_of_password("--database", database)
        serving = Serving(
            folder=str(Path(data) if data else data_folder()),
            gateway=gateway,
            strict=strict,
            invent=invent,
            keys=keys,
            database=database,
            waiting=waiting,
            address=address,
            proxies=proxies,
        )
        sandbox, logins = _looked_at(serving)
        if read is not None and not sandbox and not read.closed:
            raise InputError(
                message(
                    "真的库要有人人要用的密钥才开接口：请以 --keys 或 {variable} 指明密钥文件，"
                    "或者加 --no-gateway",
                    variable=KEYS_VARIABLE,
                ),
                place="--keys",
            )
        log_to_stderr()
        for line in logins:
            click.echo(line, err=True)
        click.echo(say("网页和数据接口："), err=True)
        click.echo(f"  {address}/", err=True)
        for line in [] if read is None else _told(serving, read, f"{address}/", sandbox):
            click.echo(line, err=True)
        listen(serving, host, real_port, workers)
