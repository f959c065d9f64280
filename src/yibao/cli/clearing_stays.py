"""``yibao clearing group``: a period's stays with their points or weights, by file."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

from yibao.cli.clearing_options import amount_option
from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, amount, home_area, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.messages import Fen, message


def group(
    file: Annotated[
        str,
        Argument(
            metavar=message("文件"),
            help=message("CSV 或 .xlsx，列是结算编号、组、点数（或权重）、均费。"),
        ),
    ],
    period: Annotated[
        str, Option(metavar=message("期间"), help=message("月份写作 202603，全年写年份。"))
    ],
    method: Annotated[str, Option(metavar=message("方式"), help=message("dip 或 drg。"))],
    area: Annotated[str, Option(metavar=message("地区"), help=message("统筹区。"))],
    budget: Annotated[str, amount_option(message("这一期的住院预算；没有缺省。"))],
    low_below: Annotated[
        int,
        Option("--low-below", metavar=message("百分数"), help=message("低于均费的这么多按比例。")),
    ] = 0,
    high_above: Annotated[
        int,
        Option("--high-above", metavar=message("百分数"), help=message("高于均费的这么多加分。")),
    ] = 0,
    preview: Annotated[bool, Option("--preview", help=message("只看不写。"))] = False,
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """交一期分组的病例：各机构应付多少、与结算时付的差；另一个岗复审以后进清算。

    例子：
      yibao clearing group 病例.csv --period 202603 --method dip --area 城市
      --budget 3000000 --preview
    """
    from yibao.access.operations import Key
    from yibao.clearing.groups import PayMethod
    from yibao.clearing.operations import PointsPeriod, draw_points, preview_points
    from yibao.clearing.points_reading import priced_by_institution, read_period
    from yibao.inquiry.clearing_points import period_from, stays_from
    from yibao.policy.compile import PolicyLibrary
    from yibao.policy.kinds import member

    try:
        content = Path(file).read_bytes()
    except OSError:
        raise InputError(message("读不到文件 {file}", file=file), place="FILE") from None
    asked = PointsPeriod(
        home_area(PolicyLibrary.load(), area)[0],
        period_from(period),
        member(PayMethod, method, "--method"),
        amount(budget, "--budget"),
        low_below or None,
        high_above or None,
    )
    stays, actor = stays_from(content), operator("officer")
    period_id = None
    with opened(url) as database:
        if preview:
            places = priced_by_institution(preview_points(database, asked, stays, actor=actor))
        else:
            key = Key("cli", "draw_points", secrets.token_hex(16))
            period_id = draw_points(database, key, asked, stays, actor=actor)["period"]
            places = read_period(database, actor, period_id)[1]
    if as_json:
        institutions = {
            place.institution_id: {"fund_fen": place.fund, "due_fen": place.due} for place in places
        }
        print_json({"period": period_id, "institutions": institutions})
        return
    heads = (
        message("机构"),
        message("病例"),
        message("结算时付的"),
        message("应付"),
        message("差"),
    )
    lines = [tuple(worded(head) for head in heads)]
    lines += [
        (
            place.institution_id,
            str(place.count),
            *(worded(Fen(fen)) for fen in (place.fund, place.due, place.difference)),
        )
        for place in places
    ]
    write(table(lines, "<>>>>"))
