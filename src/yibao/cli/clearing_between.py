"""``yibao clearing between``: what areas owe each other for a month."""

from __future__ import annotations

from typing import Annotated

from yibao.cli.declared import Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.inquiry.reading import whole_text
from yibao.messages import Fen, message


def between(
    month: Annotated[
        str, Option(metavar=message("年月"), help=message("如 202609；不写是上一个月。"))
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """库里一个月各统筹区互相欠多少，照账上现在的；申报、确认、轧差在网页和接口上办。

    例子：
      yibao clearing between --month 202609
    """
    from yibao.clearing.between_reading import read_between
    from yibao.clearing.places import last_month
    from yibao.inquiry.reading import today

    wanted = whole_text(month, "--month", 199001, 219912) if month else last_month(today())
    with opened(url) as database:
        page = read_between(database, operator("officer"), wanted)
    if as_json:
        owed = [
            {
                "home_area": row.home_area,
                "care_area": row.care_area,
                "count": row.count,
                "booked_fen": row.booked,
                "corrected_fen": row.corrected,
                "amount_fen": row.amount,
            }
            for row in page.owed
        ]
        print_json({"month": page.month, "owed": owed})
        return
    heads = (
        message("参保地（欠的）"),
        message("就医地"),
        message("人次"),
        message("结算时付的"),
        message("清算的更正"),
        message("欠"),
    )
    lines = [tuple(worded(head) for head in heads)]
    lines += [
        (
            row.home_area,
            row.care_area,
            str(row.count),
            *(worded(Fen(fen)) for fen in (row.booked, row.corrected, row.amount)),
        )
        for row in page.owed
    ]
    write(table(lines, "<<>>>>"))
