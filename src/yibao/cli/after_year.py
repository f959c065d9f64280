"""``yibao after-year``: what a layer pays once the year is over: listed, and paid.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

from typing import Annotated, Any

from yibao.cli.declared import Option
from yibao.cli.language import say
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import write
from yibao.errors import InputError
from yibao.messages import Fen, message


def after_year(
    year: Annotated[
        int, Option("--year", metavar=message("年度"), help=message("已经结束的年度。"))
    ],
    url: Url = "",
    person: Annotated[
        str, Option("--person", metavar=message("参保人"), help=message("只看、只付这一个人的。"))
    ] = "",
    pay: Annotated[bool, Option("--pay", help=message("付清列出的。"))] = False,
    channel: Annotated[
        str, Option("--channel", metavar=message("渠道"), help=message("从哪个渠道付。"))
    ] = "bank",
    actor: Annotated[
        str, Option("--actor", metavar=message("谁"), help=message("经办人，写入审计链。"))
    ] = "",
    as_json: AsJson = False,
) -> None:
    """大病保险年后一次付的地方：某年度应付每人多少；--pay 付清，付过的不再付。

    按全年累计的自付与年度最后一天的规定算；以后补报的只付差额，撤销以后多付的列为负数。

    例子：
      yibao after-year --year 2024
      yibao after-year --year 2024 --pay --actor 张三
    """
    if pay and not actor:
        raise InputError(message("付款要写明是谁经办的"), place="--actor")
    with opened(url) as database:
        from yibao.access.operations import Key
        from yibao.access.permissions import officer
        from yibao.care.after_year import list_after_year, pay_after_year
        from yibao.inquiry.reading import today
        from yibao.policy.compile import PolicyLibrary

        library = PolicyLibrary.load()
        owed = list(
            list_after_year(
                database,
                library,
                year,
                on=today(),
                actor=operator("officer"),
                person_id=person or None,
            )
        )
        paid = set()
        for row in owed if pay else ():
            if row.due > 0 and row.person_id not in paid:
                paid.add(row.person_id)
                key = Key(actor, "pay_after_year", f"{row.person_id}-{year}-{row.paid}")
                pay_after_year(
                    database,
                    library,
                    key,
                    row.person_id,
                    year,
                    on=today(),
                    actor=officer(actor),
                    channel=channel,
                )
    rows: list[dict[str, Any]] = [
        {
            "person": row.person_id,
            "scheme": row.scheme,
            "area": row.area,
            "year": row.year,
            "own": row.own,
            "total": row.total,
            "paid": row.paid,
            "due": row.due,
            "paid_now": row.person_id in paid and row.due > 0,
        }
        for row in owed
    ]
    if as_json:
        print_json({"year": year, "people": rows})
        return
    write([_line(row) for row in rows] or [say("{year} 年度没有要付的", year=year)])


def _line(row: dict[str, Any]) -> str:
    known = {
        "person": row["person"],
        "own": Fen(row["own"]),
        "total": Fen(row["total"]),
        "paid": Fen(row["paid"]),
        "due": Fen(abs(row["due"])),
    }
    if row["due"] < 0:
        return say("{person}  全年自付 {own}，应付 {total}，已付 {paid}，多付 {due}", **known)
    if row["paid_now"]:
        return say("{person}  全年自付 {own}，应付 {total}，此前已付 {paid}，现付 {due}", **known)
    return say("{person}  全年自付 {own}，应付 {total}，已付 {paid}，待付 {due}", **known)
