"""``yibao employer``: employers, their monthly declarations by file, bills and late fees.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, day, home_area, month, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.messages import Fen, Listed, Message, message
from yibao.money import format_yuan, parse_yuan

if TYPE_CHECKING:
    from yibao.access.operations import Key
    from yibao.employers.lines import ReadLines

employer = App(about=message("用人单位：登记、按文件申报、出账、到账、核定、滞纳金。"))

Code = Annotated[str, Argument(metavar=message("代码"), help=message("统一社会信用代码，18 位。"))]
File = Annotated[
    str, Argument(metavar=message("文件"), help=message("CSV 或 .xlsx，第一行是表头。"))
]
MonthOption = Annotated[
    str, Option("--month", metavar=message("月份"), help=message("哪个月，例如 2026-03。"))
]
MapOption = Annotated[
    list[str] | None,
    Option(
        "--map",
        metavar=message("列=表头"),
        help=message(
            "表头认不出来时写：number=身份证, name=名字, change, base, reason；可以多次。"
        ),
    ),
]
Preview = Annotated[bool, Option("--preview", help=message("只看会写什么、出多少，不写入。"))]


def _key(operation: str) -> Key:
    from yibao.access.operations import Key

    return Key("cli", operation, secrets.token_hex(16))


def _file_lines(file: str, chosen_columns: list[str] | None) -> ReadLines:
    from yibao.employers.files import WAGE_DECIMALS, read_table
    from yibao.employers.lines import read_rows

    try:
        content = Path(file).read_bytes()
    except OSError:
        raise InputError(message("读不到文件 {file}", file=file), place="FILE") from None
    mapped = dict(part.split("=", 1) for part in chosen_columns or () if "=" in part)
    headings, rows, first_line = read_table(content, decimals=WAGE_DECIMALS)
    return read_rows(headings, rows, mapped, first_line=first_line)


def _told(answer: dict[str, Any], as_json: bool, *lines: Message) -> None:
    if as_json:
        print_json(answer)
    else:
        write([worded(line) for line in lines])


@employer.register("add")
def add(
    code: Code,
    name: Annotated[str, Option("--name", metavar=message("名称"), help=message("单位的名称。"))],
    area: Annotated[
        str, Option("--area", metavar=message("地区"), help=message("统筹区：名称或六位代码。"))
    ],
    kind: Annotated[
        str,
        Option(
            "--kind",
            metavar=message("性质"),
            help=message(
                "单位性质：企业、国家机关、事业单位、社会团体、民办非企业单位、个体工商户、其他；"
                "不写是不明。"
            ),
        ),
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """登记一个单位；代码的校验位不对就不登记。

    例子：
      yibao employer add 91140100MA0K1YX082 --name 甲公司 --area 城市 --kind enterprise
    """
    from yibao.database.instants import civil_day, now
    from yibao.employers.kinds import named_kind
    from yibao.employers.operations import EmployerDetails, register_employer
    from yibao.policy.compile import PolicyLibrary

    told = named_kind(kind, "--kind")
    library = PolicyLibrary.load()
    with opened(url) as database:
        answer = register_employer(
            database,
            library,
            _key("register"),
            code,
            name,
            home_area(library, area)[0],
            EmployerDetails(kind=told),
            civil_day(now()),
            actor=operator("officer"),
        )
    said = message("{name} 已登记，编号 {code}", name=name, code=answer["employer"])
    _told(answer, as_json, said)


@employer.register("terms")
def terms(
    area: Annotated[
        str, Option("--area", metavar=message("地区"), help=message("统筹区：名称或六位代码。"))
    ],
    since: Annotated[
        str, Option("--since", metavar=message("月份"), help=message("从哪个月起，例如 2026-03。"))
    ],
    cut_off: Annotated[
        int, Option("--cut-off", metavar=message("日"), help=message("几号以前的变动算本月。"))
    ],
    due: Annotated[
        int,
        Option("--due", metavar=message("日"), help=message("次月几号是申报和缴费的最后一天。")),
    ],
    new_staff: Annotated[
        str,
        Option(
            "--new-staff",
            metavar=message("怎样"),
            help=message("单位怎样登记新人：by_declaration、by_proof；不写就先到窗口。"),
        ),
    ] = "",
    put_off: Annotated[
        bool,
        Option("--put-off", help=message("最后一天不上班时，顺延到下一个工作日。")),
    ] = False,
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """设定一个统筹区的变动截止日和缴费的最后一天；没有设定的地区不能申报。

    例子：
      yibao employer terms --area 城市 --since 2026-01 --cut-off 15 --due 15 --put-off
    """
    from yibao.employers.operations import CollectionTerms, set_terms
    from yibao.employers.states import HireWay
    from yibao.policy.compile import PolicyLibrary

    if new_staff and new_staff not in tuple(HireWay):
        raise InputError(
            message("请选单位怎样登记新人：{ways}", ways=Listed(HireWay)), place="--new-staff"
        )
    hires = HireWay(new_staff) if new_staff else None
    code = home_area(PolicyLibrary.load(), area)[0]
    with opened(url) as database:
        answer = set_terms(
            database,
            _key("terms"),
            code,
            month(since, "--since"),
            CollectionTerms(cut_off, due, hires, put_off),
            actor=operator("officer"),
        )
    said = message(
        "{area} 从 {since} 起：{cut_off} 号以前的变动算本月，次月 {due} 号以前缴",
        area=code,
        since=answer["since"],
        cut_off=cut_off,
        due=due,
    )
    _told(answer, as_json, said)


def _without_scheme(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ("line", "name", "area", "last_day")} for row in rows]


@employer.register("declare")
def declare(
    code: Code,
    file: File,
    month_text: MonthOption,
    chosen_columns: MapOption = None,
    only_preview: Preview = False,
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """按文件申报一个月：增员、减员、基数；有错的行全部列出，什么也不写入。

    例子：
      yibao employer declare 91140100MA0K1YX082 staff.xlsx --month 2026-03 --preview
    """
    from yibao.employers.operations import DeclaredMonth, preview
    from yibao.employers.operations import declare as declare_month
    from yibao.policy.compile import PolicyLibrary

    read = _file_lines(file, chosen_columns)
    declared = DeclaredMonth(code, month(month_text, "--month"), read.lines)
    library, by = PolicyLibrary.load(), operator("officer")
    with opened(url) as database:
        if only_preview:
            answer = preview(database, library, declared, actor=by)
        else:
            answer = declare_month(database, library, _key("declare"), declared, actor=by)
    lines = [
        message(
            "{month}：{people} 人，应缴 {due}，最后一天 {due_on}",
            month=answer["month"],
            people=answer["people"],
            due=Fen(answer["due"]),
            due_on=answer["due_on"],
        )
    ]
    if answer["new_staff"] or answer["asked"]:
        lines.append(
            message(
                "没有登记过的新人：当时登记 {registered} 人，交经办看材料 {asked} 人",
                registered=answer["new_staff"],
                asked=answer["asked"],
            )
        )
    lines += [
        message("第 {line} 行 {name}：原来在 {area} 的参保到 {last_day} 为止", **moved)
        for moved in _without_scheme(answer.get("moved", ()))
    ]
    if only_preview:
        lines.append(message("没有写入任何内容"))
    _told(answer, as_json, *lines)


@employer.register("bases")
def bases(
    code: Code,
    file: File,
    since: Annotated[
        str, Option("--since", metavar=message("月份"), help=message("从哪个月起，例如 2026-03。"))
    ],
    chosen_columns: MapOption = None,
    only_preview: Preview = False,
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """按文件调整年度基数；已经缴过的月份重算，多退少补。

    例子：
      yibao employer bases 91140100MA0K1YX082 bases.csv --since 2026-01 --preview
    """
    from yibao.employers.operations import Adjustment, adjust_bases, preview_bases
    from yibao.policy.compile import PolicyLibrary

    read = _file_lines(file, chosen_columns)
    adjustment = Adjustment(code, month(since, "--since"), read.lines)
    library, by = PolicyLibrary.load(), operator("officer")
    with opened(url) as database:
        if only_preview:
            answer = preview_bases(database, library, adjustment, actor=by)
        else:
            answer = adjust_bases(database, library, _key("bases"), adjustment, actor=by)
    said = message(
        "{people} 人，差额 {difference}",
        people=answer["people"],
        difference=Fen(answer["difference"]),
    )
    _told(answer, as_json, said)


@employer.register("bill")
def bill(code: Code, month_text: MonthOption, url: Url = "", as_json: AsJson = False) -> None:
    """给申报过的一个月出账。

    例子：
      yibao employer bill 91140100MA0K1YX082 --month 2026-03
    """
    from yibao.employers.operations import bill_month
    from yibao.policy.compile import PolicyLibrary

    with opened(url) as database:
        answer = bill_month(
            database,
            PolicyLibrary.load(),
            _key("bill"),
            code,
            month(month_text, "--month"),
            actor=operator("officer"),
        )
    said = message("账单 {bill}：{due}", bill=answer["bill"], due=Fen(answer["due"]))
    _told(answer, as_json, said)


@employer.register("assess")
def assess(
    area: Annotated[
        str, Option("--area", metavar=message("地区"), help=message("统筹区：名称或六位代码。"))
    ],
    month_text: MonthOption,
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """最后一天过了以后：申报过的出账，没有申报的按上月核定，没有缴的记为逾期。可以每天运行。

    例子：
      yibao employer assess --area 城市 --month 2026-02
    """
    from yibao.employers.assessing import as_answer
    from yibao.employers.operations import assess_area
    from yibao.policy.compile import PolicyLibrary

    library = PolicyLibrary.load()
    with opened(url) as database:
        outcome = assess_area(
            database,
            library,
            home_area(library, area)[0],
            month(month_text, "--month"),
            actor=operator("officer"),
        )
    said = message(
        "出账 {billed} 家，核定 {assessed} 家，逾期 {overdue} 家，要人办的 {skipped} 家",
        billed=len(outcome.billed),
        assessed=len(outcome.assessed),
        overdue=len(outcome.overdue),
        skipped=len(outcome.skipped),
    )
    _told(dict(as_answer(outcome)), as_json, said)


@employer.register("list")
def listed(url: Url = "", as_json: AsJson = False) -> None:
    """列出单位，欠费的在前。

    例子：
      yibao employer list
    """
    from dataclasses import asdict

    from yibao.employers.reading import employers_of

    with opened(url) as database:
        employers = employers_of(database, operator("officer"))
    if as_json:
        print_json({"employers": [asdict(known) for known in employers]})
        return
    heads = (message("代码"), message("名称"), message("地区"), message("状态"))
    rows = [tuple(worded(head) for head in heads)]
    rows += [(known.employer_id, known.name, known.area, known.state) for known in employers]
    write(table(rows, "<<<<"))


@employer.register("late-fee")
def late_fee(
    debt: Annotated[
        str, Option("--debt", metavar=message("元"), help=message("一个月欠缴多少元。"))
    ],
    due: Annotated[str, Option("--due", metavar=message("日期"), help=message("缴费的最后一天。"))],
    paid: Annotated[str, Option("--paid", metavar=message("日期"), help=message("哪一天缴。"))],
    area: Annotated[
        str, Option("--area", metavar=message("地区"), help=message("统筹区：名称或六位代码。"))
    ],
    as_json: AsJson = False,
) -> None:
    """一个月的欠费要加收多少滞纳金：按日、不复利，算到哪一天看政策包。

    例子：
      yibao employer late-fee --debt 48000 --due 2026-03-15 --paid 2026-04-20 --area 城市
    """
    from yibao.benefit.rules import day_rules
    from yibao.employers.late_fees import fee_of
    from yibao.policy.compile import PolicyLibrary

    library = PolicyLibrary.load()
    paid_on, amount = day(paid, "--paid"), parse_yuan(debt)
    rules = day_rules(library, home_area(library, area)[0], paid_on, paid_on)
    days, fee = fee_of(rules, amount, day(due, "--due"), paid_on)
    answer = {"days": days, "late_fee": fee, "to_pay": amount + fee}
    said = message(
        "逾期 {days} 天，滞纳金 {fee} 元，一共 {total} 元",
        days=days,
        fee=format_yuan(fee),
        total=format_yuan(amount + fee),
    )
    _told(answer, as_json, said)
