"""``yibao sandbox``: situations for a client that is tested against the interface."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, worded
from yibao.cli.options import amount, day, home_area, print_json, whole
from yibao.cli.store import warn_of_password
from yibao.cli.text import write
from yibao.database.place import SANDBOX_VARIABLE
from yibao.errors import InputError
from yibao.messages import Listed, Message, message
from yibao.policy.kinds import (
    InstitutionKind,
    ItemClass,
    ItemKind,
    RelationKind,
    Scheme,
    Sex,
    Status,
)

if TYPE_CHECKING:
    from yibao.database.unit import Database
    from yibao.insured.people.certificates import CertificateNumber

sandbox = App(about=message("接口沙箱：测试人员、机构、目录、时钟、下一条报文的故障。"))
person = App(about=message("测试人员。"))
institution = App(about=message("机构。"))
catalogue = App(about=message("目录。"))
clock = App(about=message("平台的时钟。"))
sandbox.add_command(person, "person")
sandbox.add_command(institution, "institution")
sandbox.add_command(catalogue, "catalogue")
sandbox.add_command(clock, "clock")

Url = Annotated[
    str,
    Option("--url", envvar=SANDBOX_VARIABLE, metavar="地址", help="沙箱的库；缺省在数据文件夹。"),
]


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    """The sandbox's store, made and filled where it is not there yet; never a real one."""
    from yibao.database.place import data_folder
    from yibao.gateway.sandbox import open_sandbox
    from yibao.policy.compile import PolicyLibrary
    from yibao.scenario.demo import open_house

    def say(said: Message) -> None:
        click.echo(worded(said), err=True)

    def waiting() -> None:
        say(message("另一个进程正在准备这个沙箱，等它做完……"))

    warn_of_password("--url", url)
    library = PolicyLibrary.load()
    database = (
        open_sandbox(library, url, waiting) if url else open_house(library, data_folder(), say)
    )
    try:
        yield database
    finally:
        database.dispose()


def _area(text: str) -> str:
    from yibao.gateway.sandbox import sandbox_area
    from yibao.policy.compile import PolicyLibrary

    library = PolicyLibrary.load()
    return home_area(library, text)[0] if text else sandbox_area(library)


@sandbox.register("show")
def show(url: Url = "") -> None:
    """列出沙箱自带的机构编号、测试人员和目录编码。"""
    from yibao.gateway.sandbox import summary

    with _opened(url):
        write(summary(language()))


@sandbox.register("reset")
def reset(url: Url = "") -> None:
    """清空沙箱，重新放入自带的数据；正在运行的服务随即跟上。"""
    from yibao.policy.compile import PolicyLibrary
    from yibao.scenario.demo import reset_house

    with _opened(url) as database:
        reset_house(database, PolicyLibrary.load())
    write(["沙箱已重置"])


@person.register("add")
def add_person(
    psn_no: Annotated[str, Argument(metavar="人员编号", help="psn_no。")],
    number: Annotated[
        str, Option("--number", metavar="号码", help="证件号码；性别和出生日期由它来。")
    ] = "",
    cert_type: Annotated[
        str, Option("--cert-type", metavar="代码", help="证件类型，psn_cert_type。")
    ] = "01",
    name: Annotated[str, Option("--name", metavar="姓名")] = "测试人员",
    scheme: Annotated[
        str, Option("--scheme", metavar="险种", help="employee 或 resident。")
    ] = Scheme.EMPLOYEE,
    status: Annotated[
        str, Option("--status", metavar="状态", help="working 或 retired。")
    ] = Status.WORKING,
    sex: Annotated[
        str, Option("--sex", metavar="性别", help="male 或 female；缺省由号码来，没有就是 male。")
    ] = "",
    birth: Annotated[
        str, Option("--birth", metavar="日期", help="缺省由号码来，没有就是 1980-01-01。")
    ] = "",
    since: Annotated[str, Option("--since", metavar="日期", help="参保起始日。")] = "2018-01-01",
    account: Annotated[str, Option("--account", metavar="元", help="个人账户余额。")] = "0",
    paid: Annotated[
        list[str],
        Option("--paid", metavar="年=日", help="居民缴费的年度和日期；缴晚了就有等待期。"),
    ] = [],  # noqa: B006 - nobody changes it
    used: Annotated[
        str,
        Option("--used", metavar="年=元", help="当年住院统筹已支付多少；用来越过封顶线。"),
    ] = "",
    group: Annotated[
        str,
        Option("--group", metavar="人群", help="从参保起属于的人群，如 low_income。"),
    ] = "",
    grantor: Annotated[
        str, Option("--grantor", metavar="人员编号", help="谁授权共济给这个人。")
    ] = "",
    grant_to: Annotated[
        str,
        Option("--grant-to", metavar="日期", help="授权的最后一天；写过去的就是失效授权。"),
    ] = "",
    area: Annotated[str, Option("--area", metavar="地区", help="参保地。")] = "",
    url: Url = "",
) -> None:
    """加一位测试人员，可以带上等待期、已用额度、失效的共济授权。

    例子：
      yibao sandbox person add T0100 --number 14010019800101001X
      yibao sandbox person add T0101 --scheme resident --paid 2025=2025-05-01
      yibao sandbox person add T0102 --used 2025=79999
      yibao sandbox person add T0104 --scheme resident --group low_income
      yibao sandbox person add T0103 --grantor T0001 --grant-to 2024-12-31
    """
    from yibao.gateway.sandbox import NewPerson, add_grant
    from yibao.gateway.sandbox import add_person as add

    used_year, used_amount = _pair(used, "--used") if used else ("", "0")
    read = _certificate(cert_type, number) if number else None
    said_sex, said_birth = _as_numbered(read, sex, day(birth, "--birth") if birth else None)
    with _opened(url) as database:
        person_id = add(
            database,
            NewPerson(
                psn_no=psn_no,
                name=name,
                number=number or psn_no,
                certificate=read.certificate if read else None,
                area=_area(area),
                sex=said_sex,
                birth=said_birth,
                scheme=_one_of(scheme, (Scheme.EMPLOYEE, Scheme.RESIDENT), "--scheme"),
                status=_one_of(status, tuple(Status), "--status"),
                since=day(since, "--since"),
                balance=amount(account, "--account"),
                group=_group(group),
                paid=tuple(
                    (int(year), day(on, "--paid"))
                    for year, on in (_pair(text, "--paid") for text in paid)
                ),
                used_year=int(used_year) if used_year else None,
                used_inpatient=amount(used_amount, "--used"),
            ),
        )
        if grantor:
            end = day(grant_to, "--grant-to") if grant_to else None
            start = min(day(since, "--since"), end or datetime.date.max)
            add_grant(database, grantor, person_id, RelationKind.CHILD, start, end)
    write([*(worded(note) for note in (read.notes if read else ())), f"测试人员 {person_id}"])


def _certificate(cert_type: str, number: str) -> CertificateNumber:
    """What a number says; one that cannot be is refused, in a sandbox too."""
    from yibao.gateway.fields import terms
    from yibao.insured.people.certificates import read_number

    kinds = terms()["psn_cert_type"]
    try:
        return read_number(kinds[_one_of(cert_type, tuple(kinds), "--cert-type")], number)
    except InputError as error:
        raise InputError(error.said, place=error.place or "--number") from None


def _as_numbered(
    read: CertificateNumber | None, sex: str, birth: datetime.date | None
) -> tuple[str, datetime.date]:
    """Sex and birth as the number says them, else as they were given, else supposed."""
    from yibao.insured.people.certificates import sex_and_birth

    supposed_sex, supposed_birth = sex or Sex.MALE, birth or datetime.date(1980, 1, 1)
    if read is None:
        return supposed_sex, supposed_birth
    return sex_and_birth(
        read,
        sex or read.sex or supposed_sex,
        birth or (read.births[0] if read.births else supposed_birth),
    )


def _pair(text: str, option: str) -> tuple[str, str]:
    year, separator, value = text.partition("=")
    if not separator or not (year.isdigit() and len(year) == 4):
        raise InputError(
            message("{text} 应写成 年=值，例如 2025=100", text=repr(text)), place=option
        )
    return year, value


def _group(text: str) -> str:
    from yibao.policy.compile import PolicyLibrary

    library = PolicyLibrary.load()
    known = tuple(library.rulebook(_area("")).groups)
    return _one_of(text, known, "--group") if text else ""


def _one_of(text: str, choices: tuple[str, ...], option: str) -> str:
    if text not in choices:
        raise InputError(
            message("{text} 应写 {choices} 之一", text=repr(text), choices=Listed(choices)),
            place=option,
        )
    return text


@institution.register("add")
def add_institution(
    code: Annotated[str, Argument(metavar="编号", help="fixmedins_code。")],
    name: Annotated[str, Option("--name", metavar="名称")] = "",
    kind: Annotated[
        str, Option("--kind", metavar="种类", help="hospital、pharmacy 或 community。")
    ] = InstitutionKind.HOSPITAL,
    price_class: Annotated[
        int, Option("--price-class", metavar="类别", help="1、2 或 3；0 不写。")
    ] = 0,
    grade: Annotated[str, Option("--grade", metavar="等级", help="如 3A。")] = "",
    area: Annotated[str, Option("--area", metavar="地区", help="就医地。")] = "",
    url: Url = "",
) -> None:
    """按客户端配置的编号登记一家机构。

    例子：
      yibao sandbox institution add H99900000001 --price-class 2
    """
    from yibao.gateway.sandbox import add_institution as add

    whole(price_class, "--price-class", 0, 3)
    with _opened(url) as database:
        add(
            database,
            code,
            name or code,
            _area(area),
            kind=kind,
            price_class=price_class or None,
            grade=grade or None,
        )
    write([f"机构 {code}"])


@catalogue.register("add")
def add_catalogue(
    code: Annotated[str, Argument(metavar="编码", help="med_list_codg。")],
    name: Annotated[str, Option("--name", metavar="名称")] = "",
    item_class: Annotated[str, Option("--class", metavar="类", help="A、B 或 C。")] = ItemClass.A,
    kind: Annotated[
        str, Option("--kind", metavar="类别", help="drug、service 或 consumable。")
    ] = ItemKind.DRUG,
    upfront: Annotated[str, Option("--upfront", metavar="%", help="乙类的先行自付比例。")] = "",
    limit: Annotated[str, Option("--limit", metavar="元", help="每单位的限价。")] = "",
    since: Annotated[str, Option("--since", metavar="日期", help="从哪天起。")] = "2018-01-01",
    url: Url = "",
) -> None:
    """在目录里加一项。

    例子：
      yibao sandbox catalogue add XB0900 --class B --upfront 10 --limit 35.50
    """
    from yibao.gateway.sandbox import add_catalogue as add

    rows = [[code, name or code, item_class, kind, upfront, limit]]
    with _opened(url) as database:
        add(database, rows, day(since, "--since"))
    write([f"目录 {code}"])


@clock.register("set")
def set_clock(
    at: Annotated[
        str, Argument(metavar="时间", help="如 2025-12-31 23:59:00；写 now 恢复真实时间。")
    ],
    url: Url = "",
) -> None:
    """设平台的时间，之后照常走。"""
    from yibao.database.identifiers import new_identifier
    from yibao.exchange import control
    from yibao.gateway.values import instant, instant_text

    with _opened(url) as database:
        if at == "now":
            control.tell(database, control.CLOCK, None)
            write(["平台用真实时间"])
            return
        moment = instant_text(instant(at, "时间"))
        control.tell(database, control.CLOCK, {"at": moment, "told": new_identifier()})
    write([f"平台时间 {moment}"])


@sandbox.register("fail")
def fail(
    kind: Annotated[
        str,
        Argument(metavar="故障", help="timeout、slow、signature、busy 或 error。"),
    ],
    infno: Annotated[
        str, Option("--infno", metavar="交易", help="只对这个交易；缺省是下一条。")
    ] = "",
    seconds: Annotated[
        int, Option("--seconds", metavar="秒", help="timeout、slow 等多久；0 取缺省。")
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

    _one_of(kind, tuple(FAULTS), "故障")
    wait = whole(seconds, "--seconds", 0, 600) or None
    with _opened(url) as database:
        told = {"kind": kind, "infno": infno or None, "seconds": wait}
        control.tell(database, control.FAULT, told)
    write([f"{infno or '下一条报文'}：{worded(FAULTS[kind])}"])


@sandbox.register("report")
def report(
    code: Annotated[str, Argument(metavar="机构编号")],
    url: Url = "",
    as_json: Annotated[bool, Option("--json", help="输出 JSON。")] = False,
) -> None:
    """符合性报告：一家机构用过哪些交易、先后如何、错在哪里、还差什么。"""
    from yibao.gateway.inspector.keeping import conformance, masked

    with _opened(url) as database:
        conformance_report = conformance(database, code)
    if as_json:
        print_json(conformance_report.as_json(language()))
    else:
        write([masked(line) for line in conformance_report.lines(language())])


@sandbox.register("keys")
def keys(
    institutions: Annotated[
        list[str],
        Argument(metavar="机构编号", help="密钥代表哪些机构（fixmedins_code），至少一家。"),
    ],
    output: Annotated[
        str, Option("--output", metavar="文件", help="写进一个新文件，只有自己能读（权限 600）。")
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
