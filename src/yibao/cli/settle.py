"""``yibao settle``: a file of visits into the store.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from yibao.cli.declared import Argument, Option
from yibao.cli.language import say, worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import Url, opened
from yibao.cli.text import write
from yibao.errors import InputError, YibaoError
from yibao.messages import Fen, message

if TYPE_CHECKING:
    from yibao.care.bulk import BulkLine, LineOutcome


class RefusedLinesError(YibaoError):
    """Some lines of the file were refused; the others are settled."""


def settle(
    file: Annotated[
        Path, Argument(metavar=message("文件"), help=message("每行一笔就诊的 JSON Lines。"))
    ],
    institution: Annotated[
        str,
        Option(
            "--institution", metavar=message("机构"), help=message("哪家机构的就诊，也是发送方。")
        ),
    ],
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """把一个文件的就诊逐笔结算入库，PostgreSQL 上成批用 COPY 写入；与逐笔结算同分、同样的行。

    每行 {"message": "报文编号", "visit": {...}}，金额单位是分；先查完全部各行再写入。
    中断后用同一文件再运行：已经结算的不会再算一次。有被拒绝的行时退出码 1，其余照常结算。

    例子：
      yibao settle 就诊.jsonl --institution H14010500001
    """
    count = sum(1 for _ in _lines(file))
    if not count:
        raise InputError(message("文件里没有就诊"), place=str(file))
    from yibao.access.permissions import institution_actor
    from yibao.care.bulk import BulkSettlements
    from yibao.care.settling import Settlements
    from yibao.policy.compile import PolicyLibrary

    refused: list[LineOutcome] = []
    overlapping: list[dict[str, Any]] = []
    fund = 0
    with opened(url) as database:
        settlements = Settlements(database, PolicyLibrary.load())
        bulk = BulkSettlements(
            settlements, actor=institution_actor(institution), sender=institution
        )
        for outcome in bulk.settle(_lines(file)):
            if outcome.answer is None:
                refused.append(outcome)
            else:
                fund += outcome.answer["fund"]
                overlapping += [
                    {"line": outcome.line.number, "visit": outcome.line.visit.id, "beside": beside}
                    for beside in outcome.answer.get("overlaps", ())
                ]
    refused_lines = [
        {"line": outcome.line.number, "message": worded(outcome.refused)} for outcome in refused
    ]
    if as_json:
        print_json(
            {
                "settled": count - len(refused),
                "fund": fund,
                "refused": refused_lines,
                "overlaps": overlapping,
            }
        )
    else:
        write(
            say("第 {line} 行：{what}", line=line["line"], what=line["message"])
            for line in refused_lines
        )
        write(
            say(
                "第 {line} 行：与 {other}（{start} 至 {end}）有一次在住院期间，已结算，请核对",
                line=overlap["line"],
                other=overlap["beside"]["visit"],
                start=overlap["beside"]["start"],
                end=overlap["beside"]["end"],
            )
            for overlap in overlapping
        )
        settled = say(
            "已结算 {count} 笔，基金支付合计 {fund}", count=count - len(refused), fund=Fen(fund)
        )
        write([settled])
    if refused:
        sys.stdout.flush()
        raise RefusedLinesError(message("有 {count} 行被拒绝，其余已结算", count=len(refused)))


def _lines(file: Path) -> Iterator[BulkLine]:
    from yibao.care.bulk import read_lines

    try:
        with file.open("rb") as opened_file:
            yield from read_lines(opened_file)
    except OSError as error:
        raise InputError(
            message("读不了文件：{reason}", reason=error.strerror), place=str(file)
        ) from None
