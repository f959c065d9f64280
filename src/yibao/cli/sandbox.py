"""``yibao sandbox``: situations for a client that is tested against the interface."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import click

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, say
from yibao.cli.options import day, print_json, whole
from yibao.cli.sandbox_people import person
from yibao.cli.sandbox_store import Url, one_of, opened_sandbox, sandbox_area_of
from yibao.cli.text import write
from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.kinds import InstitutionKind, ItemClass, ItemKind

sandbox = App(about=message("接口沙箱：测试人员、机构、目录、时钟、下一条报文的故障。"))
institution = App(about=message("机构。"))
catalogue = App(about=message("目录。"))
clock = App(about=message("平台的时钟。"))
sandbox.add_command(person, "person")
sandbox.add_command(institution, "institution")
sandbox.add_command(catalogue, "catalogue")
sandbox.add_command(clock, "clock")


@sandbox.register("show")
def show(url: Url = "") -> None:
    """列出沙箱自带的机构编号、测试人员和目录编码。"""
    from yibao.gateway.sandbox import summary

    with opened_sandbox(url):
        write(summary(language()))


@sandbox.register("reset")
def reset(url: Url = "") -> None:
    """清空沙箱，重新放入自带的数据；正在运行的服务随即跟上。"""
    from yibao.policy.compile import PolicyLibrary
    from yibao.scenario.demo import reset_house

    with opened_sandbox(url) as database:
        reset_house(database, PolicyLibrary.load())
    write([say("沙箱已重置")])


@sandbox.register("code")
def code(
    login: Annotated[str, Argument(metavar=message("登录名"), help=message("演示的登录名。"))],
    url: Url = "",
) -> None:
    """打印一个演示登录现在的验证码；真的库没有这回事，验证码在各人的手机上。

    例子：
      yibao sandbox code clerk
    """
    from yibao.scenario.demo import code_of, logins

    with opened_sandbox(url) as database:
        by_login = {known.login: known for known in logins(database)}
        one_of(login, tuple(name for name, known in by_login.items() if known.needs_code), "LOGIN")
        write([code_of(database, login, datetime.datetime.now(datetime.UTC))])


@institution.register("add")
def add_institution(
    code: Annotated[str, Argument(metavar=message("编号"), help=message("fixmedins_code。"))],
    name: Annotated[str, Option("--name", metavar=message("名称"))] = "",
    kind: Annotated[
        str,
        Option(
            "--kind", metavar=message("种类"), help=message("hospital、pharmacy 或 community。")
        ),
    ] = InstitutionKind.HOSPITAL,
    price_class: Annotated[
        int, Option("--price-class", metavar=message("类别"), help=message("1、2 或 3；0 不写。"))
    ] = 0,
    grade: Annotated[str, Option("--grade", metavar=message("等级"), help=message("如 3A。"))] = "",
    area: Annotated[str, Option("--area", metavar=message("地区"), help=message("就医地。"))] = "",
    url: Url = "",
) -> None:
    """按客户端配置的编号登记一家机构。

    例子：
      yibao sandbox institution add H99900000001 --price-class 2
    """
    from yibao.gateway.sandbox import add_institution as add

    whole(price_class, "--price-class", 0, 3)
    with opened_sandbox(url) as database:
        add(
            database,
            code,
            name or code,
            sandbox_area_of(area),
            kind=kind,
            price_class=price_class or None,
            grade=grade or None,
        )
    write([say("机构 {code}", code=code)])


@catalogue.register("add")
def add_catalogue(
    code: Annotated[str, Argument(metavar=message("编码"), help=message("med_list_codg。"))],
    name: Annotated[str, Option("--name", metavar=message("名称"))] = "",
    item_class: Annotated[
        str, Option("--class", metavar=message("类"), help=message("A、B 或 C。"))
    ] = ItemClass.A,
    kind: Annotated[
        str,
        Option("--kind", metavar=message("类别"), help=message("drug、service 或 consumable。")),
    ] = ItemKind.DRUG,
    upfront: Annotated[
        str, Option("--upfront", metavar="%", help=message("乙类的先行自付比例。"))
    ] = "",
    limit: Annotated[
        str, Option("--limit", metavar=message("元"), help=message("每单位的限价。"))
    ] = "",
    since: Annotated[
        str, Option("--since", metavar=message("日期"), help=message("从哪天起。"))
    ] = "2018-01-01",
    area: Annotated[
        str,
        Option(
            "--area",
            metavar=message("地区"),
            help=message("只在哪里的目录里；不写是各地没有自己的时都用的。"),
        ),
    ] = "",
    url: Url = "",
) -> None:
    """在目录里加一项。

    例子：
      yibao sandbox catalogue add XB0900 --class B --upfront 10 --limit 35.50
      yibao sandbox catalogue add XB0900 --class A --area 城市
    """
    from yibao.gateway.sandbox import add_catalogue as add

    rows = [[code, name or code, item_class, kind, upfront, limit]]
    whose = sandbox_area_of(area) if area else ""
    with opened_sandbox(url) as database:
        add(database, rows, day(since, "--since"), whose)
    write([say("目录 {code}", code=code)])


@clock.register("set")
def set_clock(
    at: Annotated[
        str,
        Argument(
            metavar=message("时间"), help=message("如 2025-12-31 23:59:00；写 now 恢复真实时间。")
        ),
    ],
    url: Url = "",
) -> None:
    """设平台的时间，之后照常走。"""
    from yibao.database.identifiers import new_identifier
    from yibao.exchange import control
    from yibao.gateway.values import instant, instant_text

    with opened_sandbox(url) as database:
        if at == "now":
            control.tell(database, control.CLOCK, None)
            write([say("平台用真实时间")])
            return
        moment = instant_text(instant(at, say("时间")))
        control.tell(database, control.CLOCK, {"at": moment, "told": new_identifier()})
    write([say("平台时间 {moment}", moment=moment)])


@sandbox.register("fail")
def fail(
    kind: Annotated[
        str,
        Argument(
            metavar=message("故障"), help=message("timeout、slow、signature、busy 或 error。")
        ),
    ],
    infno: Annotated[
        str,
        Option("--infno", metavar=message("交易"), help=message("只对这个交易；缺省是下一条。")),
    ] = "",
    seconds: Annotated[
        int,
        Option(
            "--seconds", metavar=message("秒"), help=message("timeout、slow 等多久；0 取缺省。")
        ),
    ] = 0,
    url: Url = "",
) -> None:
    """让下一条报文出一次故障：timeout 是已经做完却等不到应答，再发或冲正由客户端决定。

    例子：
      yibao sandbox fail timeout --infno 2207
      yibao sandbox fail slow --seconds 20
    """
    from yibao.exchange import control
    from yibao.gateway.sandbox import FAULTS

    one_of(kind, tuple(FAULTS), say("故障"))
    wait = whole(seconds, "--seconds", 0, 600) or None
    with opened_sandbox(url) as database:
        told = {"kind": kind, "infno": infno or None, "seconds": wait}
        control.tell(database, control.FAULT, told)
    whose = infno or message("下一条报文")
    write([say("{whose}：{fault}", whose=whose, fault=FAULTS[kind])])


@sandbox.register("report")
def report(
    code: Annotated[str, Argument(metavar=message("机构编号"))],
    url: Url = "",
    as_json: Annotated[bool, Option("--json", help=message("输出 JSON。"))] = False,
) -> None:
    """符合性报告：一家机构用过哪些交易、先后如何、错在哪里、还差什么。"""
    from yibao.gateway.inspector.keeping import conformance, masked

    with opened_sandbox(url) as database:
        conformance_report = conformance(database, code)
    if as_json:
        print_json(conformance_report.as_json(language()))
    else:
        write([masked(line) for line in conformance_report.lines(language())])


@sandbox.register("keys")
def keys(
    institutions: Annotated[
        list[str],
        Argument(
            metavar=message("机构编号"),
            help=message("密钥代表哪些机构（fixmedins_code），至少一家。"),
        ),
    ],
    output: Annotated[
        str,
        Option(
            "--output",
            metavar=message("文件"),
            help=message("写进一个新文件，只有自己能读（权限 600）。"),
        ),
    ] = "",
) -> None:
    """生成一份新的密钥文件，用 yibao serve --keys 打开；密钥只代表写明的机构。

    不写 --output 就打印出来。

    例子：
      yibao sandbox keys H14010500001 --output keys.yaml
      yibao serve --keys keys.yaml --host 0.0.0.0
    """
    from yibao.gateway.keys import new_keys
    from yibao.private_files import reserve

    if not output:
        click.echo(new_keys(institutions), nl=False)
        return
    try:
        file = reserve(Path(output))
        file.write_text(new_keys(institutions), encoding="utf-8")
    except FileExistsError:
        raise InputError(
            message("文件 {path} 已经在了，不覆盖", path=output), place="--output"
        ) from None
    except OSError as error:
        raise InputError(
            message("文件 {path} 写不成：{reason}", path=output, reason=error.strerror),
            place="--output",
        ) from None
