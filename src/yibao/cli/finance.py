"""``yibao finance``: the fund statement, what is owed, what is open, an audit pack.

Registered by name in :mod:`yibao.cli.main`.  Money is entered and months are closed by two
people at the desk or over the API.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import say, worded
from yibao.cli.options import AsJson, print_json, today
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.messages import Fen, message

if TYPE_CHECKING:
    from yibao.database.unit import Database

finance = App(about=message("基金：收支表、欠着没有付的、还没有办完的、划入、审计包。"))

Area = Annotated[
    str,
    Option("--area", metavar=message("区划"), help=message("哪个统筹区；缺省是库里第一个。")),
]
Month = Annotated[
    int, Option("--month", metavar=message("月份"), help=message("六位数，如 202610；缺省上个月。"))
]
Output = Annotated[
    str, Argument(metavar=message("文件"), help=message("写到哪个新文件；不覆盖已有的。"))
]


@contextmanager
def _books(url: str, area: str, month: int) -> Iterator[tuple[Database, str, int]]:
    from yibao.finance.carrying import area_to_read
    from yibao.finance.statement import month_before

    with opened(url) as database:
        where = area_to_read(database, operator("auditor"), area or None)
        yield database, where, month or month_before(today())


@finance.register("statement")
def statement(
    month: Month = 0,
    area: Area = "",
    csv: Annotated[
        str, Option("--csv", metavar=message("文件"), help=message("写成表格，UTF-8。"))
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """一个月的基金收支：分险种、分统筹与个人账户，本月、本年累计、上年同期，结余和够用几个月；有年度预算的，用了百分之几、还剩多少。

    结了账的月份照结账时的样子；没有结账的按账上现在的样子。

    例子：
      yibao finance statement --month 202610
      yibao finance statement --month 202610 --csv fund.csv
    """
    from yibao.finance.items import PART_WORDS, SCHEME_WORDS, FundSide
    from yibao.finance.statement import fund_statement, statement_json
    from yibao.finance.written import budget_cells, statement_csv

    with _books(url, area, month) as (database, where, which):
        read = fund_statement(database, where, which, actor=operator("auditor"))
    if as_json:
        print_json(statement_json(read))
        return
    if csv:
        _write_new(csv, statement_csv(read))
        return
    budget_heads = (say("年度预算"), say("预算用了"), say("预算还剩"))
    blank = ("",) * (5 if read.has_budget else 2)
    state = message("已结账") if read.is_closed else message("未结账")
    write([f"{read.area} {read.month} {worded(state)}"])
    for part in read.parts:
        lines = [
            (
                f"{worded(SCHEME_WORDS[part.scheme])} {worded(PART_WORDS[part.part])}",
                say("本月"),
                say("本年累计"),
                say("上年同期"),
                *(budget_heads if read.has_budget else ()),
            ),
            (say("期初结余"), worded(Fen(part.opening)), *blank),
        ]
        for side in FundSide:
            lines += [
                (
                    worded(line.label),
                    worded(Fen(line.month)),
                    worded(Fen(line.year_to_date)),
                    worded(Fen(line.last_year)),
                    *(budget_cells(line) if read.has_budget else ()),
                )
                for line in part.of_side(side)
            ]
        lines += [
            (say("本月结余"), worded(Fen(part.surplus)), *blank),
            (say("期末结余"), worded(Fen(part.closing)), *blank),
        ]
        write(table(lines, "<" + ">" * (len(blank) + 1)))
        if part.reserve is not None:
            months = f"{part.reserve // 10}.{part.reserve % 10}"
            write([say("按今年的支出，结余够用 {months} 个月", months=months)])


@finance.register("budget")
def budget(
    year: Annotated[
        int, Option("--year", metavar=message("年"), help=message("如 2026；缺省今年。"))
    ] = 0,
    area: Area = "",
    csv: Annotated[
        str, Option("--csv", metavar=message("文件"), help=message("写成表格，UTF-8。"))
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """一年的基金预算：现在用的一版和登记过的各版。用了多少在 yibao finance statement。

    例子：
      yibao finance budget --year 2026
      yibao finance budget --year 2026 --csv budget.csv
    """
    from yibao.finance.budget_files import budget_csv, budget_json
    from yibao.finance.budgets import read_budget
    from yibao.finance.items import ITEM_WORDS, PART_WORDS, SCHEME_WORDS

    with _books(url, area, 0) as (database, where, _):
        which = year or today().year
        read = read_budget(database, where, which, actor=operator("auditor"))
    lines = {} if read.holds is None else read.holds.lines
    if as_json:
        print_json(budget_json(read))
        return
    if csv:
        _write_new(csv, budget_csv(lines))
        return
    write([f"{read.area} {read.year}"])
    rows = [
        (
            worded(SCHEME_WORDS[scheme]),
            worded(PART_WORDS[part]),
            worded(ITEM_WORDS[item]),
            worded(Fen(amount)),
        )
        for (scheme, part), items in lines.items()
        for item, amount in items.items()
    ]
    write(table(rows, "<<<>") if rows else [say("这一年还没有预算")])
    for version in read.versions:
        said = message("第 {version} 版 {reason}", version=version.version, reason=version.reason)
        write([f"{worded(said)} {worded(version.state_label)}"])


@finance.register("payables")
def payables(area: Area = "", url: Url = "", as_json: AsJson = False) -> None:
    """欠着没有付的：定点机构、手工报销、留存、等着处理的，按欠了多久分。

    例子：
      yibao finance payables
    """
    from yibao.finance.payables import AGES, payables_json
    from yibao.finance.payables import payables as read_payables

    with _books(url, area, 0) as (database, where, _):
        owed = read_payables(database, where, today(), actor=operator("auditor"))
    if as_json:
        print_json(payables_json(owed))
        return
    heads = (say("欠谁"), *(worded(label) for _, label in AGES), say("合计"))
    rows = [
        (
            worded(of_kind.label),
            *(worded(Fen(amount)) for amount in of_kind.by_age),
            worded(Fen(of_kind.total)),
        )
        for of_kind in owed
    ]
    write(table([heads, *rows], "<" + ">" * (len(AGES) + 1)))


@finance.register("open")
def open_points(month: Month = 0, area: Area = "", url: Url = "", as_json: AsJson = False) -> None:
    """一个月里还没有办完的：挡着结账的，和结账时要说明的。

    例子：
      yibao finance open --month 202610
    """
    from yibao.finance import closing

    with _books(url, area, month) as (database, where, which):
        points = closing.open_points(database, where, which, today(), actor=operator("auditor"))
    if as_json:
        print_json([closing.point_json(point) for point in points])
        return
    rows = [
        (
            worded(point.label),
            str(point.count),
            "" if point.amount is None else worded(Fen(point.amount)),
            say("挡着结账") if point.blocks else "",
        )
        for point in points
    ]
    write(table(rows, "<>><") if rows else [say("没有")])


@finance.register("carry")
def carry(month: Month = 0, area: Area = "", url: Url = "", as_json: AsJson = False) -> None:
    """把到月末为止缴到的保费划入基金，补平划入个人账户的；再运行一次只划后来的。

    以前的库第一次运行，把以前缴到的一次划清，记在这个月的最后一天。定期作业 carry 每月做同样的事。

    例子：
      yibao finance carry --month 202610
    """
    from yibao.access.operations import Key
    from yibao.finance.carrying import carry_month

    with _books(url, area, month) as (database, where, which):
        key = Key("cli", "carry_fund", secrets.token_hex(16))
        answer = carry_month(database, key, where, which, actor=operator("officer"))
    if as_json:
        print_json(answer)
        return
    said = message(
        "缴费 {paid} 进了基金，补平划入个人账户的 {credited}",
        paid=Fen(answer["paid"]),
        credited=Fen(answer["credited"]),
    )
    write([worded(said)])


@finance.register("pack")
def pack(output: Output, month: Month = 0, area: Area = "", url: Url = "") -> None:
    """写一个审计包（ZIP）：收支表、流水、各账户余额、欠款，每个文件的散列，审计链的末端。

    里面没有人的姓名和编号。

    例子：
      yibao finance pack fund-202610.zip --month 202610
    """
    from yibao.finance.pack import audit_pack

    with _books(url, area, month) as (database, where, which):
        content = audit_pack(database, where, which, actor=operator("auditor"))
    _write_new(output, content)


@finance.register("books")
def books(
    output: Output,
    first: Annotated[
        int,
        Option("--from", metavar=message("月份"), help=message("从哪个月起；缺省同 --month。")),
    ] = 0,
    month: Month = 0,
    area: Area = "",
    url: Url = "",
) -> None:
    """写一个统筹区几个月的整本账（ZIP）：各科目的期初、发生、期末，流水，和 beancount 的文本。

    里面没有人的姓名和编号；对方不是本区科目的，合成一笔。

    例子：
      yibao finance books books-2026.zip --from 202601 --month 202610
    """
    from yibao.finance.books import area_books

    with _books(url, area, month) as (database, where, which):
        content = area_books(database, where, first or which, which, actor=operator("auditor"))
    _write_new(output, content)


@finance.register("table")
def monthly_table(
    code: Annotated[
        str,
        Argument(
            metavar=message("表"),
            help=message(
                "T1 参保、T2 缴费、T4 待遇、T5 住院、T6 异地、T7 清算、T8 监管、T9 手工报销。"
            ),
        ),
    ],
    month: Month = 0,
    area: Area = "",
    csv: Annotated[
        str, Option("--csv", metavar=message("文件"), help=message("写成表格，UTF-8。"))
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """一张月度统计表；少于 10 人的格子不显示，也不能从合计倒推（YIBAO_LEAST_PEOPLE 可改）。

    T3 是基金收支表：yibao finance statement。

    例子：
      yibao finance table T4 --month 202610
      yibao finance table T1 --month 202610 --csv insured.csv
    """
    from yibao.statistics.reading import monthly_table as read_table
    from yibao.statistics.reading import table_code, table_json
    from yibao.statistics.written import cell_text, table_csv

    which_table = table_code(code)
    with _books(url, area, month) as (database, where, which):
        read = read_table(
            database, where, which, which_table, actor=operator("auditor"), today=today()
        )
    if as_json:
        print_json(table_json(read))
        return
    if csv:
        _write_new(csv, table_csv(read))
        return
    write([f"{read.code} {worded(read.title)} {read.area} {read.month}"])
    if not read.rows:
        write([say("这个月没有可统计的")])
        return
    for row in read.rows:
        write(["  " * row.depth + worded(row.label)])
        lines = [(worded(column.label), cell_text(row, column)) for column in read.columns]
        write(table([line for line in lines if line[1]], "<>"))
    if read.hides:
        write([say("少于 {least} 人的格子不显示，也不能从合计倒推", least=read.least)])


def _write_new(file: str, content: bytes) -> None:
    from yibao.private_files import reserve

    try:
        reserve(Path(file)).write_bytes(content)
    except FileExistsError:
        said = message("{file} 已经有了，请换一个名字", file=file)
        raise InputError(said, place=file) from None
    except OSError as error:
        raise InputError(message("写不成：{reason}", reason=error.strerror), place=file) from None
    write([worded(message("已写入 {file}", file=file))])
