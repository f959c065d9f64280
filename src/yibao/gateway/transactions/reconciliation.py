"""Both sides compare books: totals with 3201, line by line with 3202."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.exchange.compared import BooksCompared, ComparedFigure, keep_comparison
from yibao.exchange.files import insert_file, read_file
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.fields import terms
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.registry import writes
from yibao.gateway.transactions.directories import zipped
from yibao.gateway.transactions.files import kept_until
from yibao.gateway.values import fen, scaled, yuan
from yibao.messages import Statements, message

_MOST_UNZIPPED = 32 * 2**20
AGREES, DIFFERS = "0", "1"
_COUNT = "count"
_FIGURES = {
    "medfee_sumamt": "total",
    "fund_pay_sumamt": "fund",
    "acct_pay": "account",
    "fixmedins_setl_cnt": _COUNT,
}
"""Fields of totals, by what they are kept as."""


def _entries(call: Call) -> Sequence[Any]:
    """The book of the sender in the days asked for, of the scheme and class asked for."""
    row = call.nodes.one()
    first, last = call.day(row, "stmt_begndate"), call.day(row, "stmt_enddate")
    if last < first:
        raise MessageError(message("早于开始日期，请核对"), place=call.place("stmt_enddate"))
    booked = call.service.book.of_institution(call.institution, first, last)
    insutype, clear = row.get("insutype"), row.get("clr_type")
    schemes = terms()["scheme"]
    return [
        entry
        for entry in booked
        if (
            insutype is None
            or insutype == schemes[entry.scheme]["insutype"]
            or insutype in schemes[entry.scheme]["also"]
        )
        and (clear is None or clear == entry.clear_type)
        and _is_asked_for(row.get("refd_setl_flag"), entry)
    ]


def _is_asked_for(refund: str | None, entry: Any) -> bool:
    return refund is None or (refund == "1") == (entry.reverses is not None)


@writes("3201")
def compare_totals(call: Call) -> bytes:
    """3201: totals of the sender against the book; a settlement and its reversal are two rows.

    What it came to is kept for the agency and the institution.
    """
    row = call.nodes.one()
    entries = _entries(call)
    ours = {
        "medfee_sumamt": sum(entry.total for entry in entries),
        "fund_pay_sumamt": sum(entry.fund for entry in entries),
        "acct_pay": sum(entry.account for entry in entries),
    }
    stated_totals = {
        name: fen(text, call.place(name)) for name in ours if (text := row.get(name)) is not None
    }
    differing = [name for name, amount in stated_totals.items() if amount != ours[name]]
    wrong = [
        message(
            "{place} 机构 {theirs}、平台 {ours}",
            place=call.place(name),
            theirs=yuan(stated_totals[name]),
            ours=yuan(ours[name]),
        )
        for name in differing
    ]
    reversed_ones = {entry.reverses for entry in entries if entry.reverses is not None}
    standing = sum(
        1 for entry in entries if entry.reverses is None and entry.entry_id not in reversed_ones
    )
    place = call.place("fixmedins_setl_cnt")
    stated_count = row.get("fixmedins_setl_cnt")
    count = None if stated_count is None else scaled(stated_count, 0, place)
    figures = [
        ComparedFigure(_FIGURES[name], amount, ours[name]) for name, amount in stated_totals.items()
    ]
    if count is not None:
        booked = standing if count == standing else len(entries)
        figures.append(ComparedFigure(_COUNT, count, booked))
    if count is not None and count not in (len(entries), standing):
        differing.append("fixmedins_setl_cnt")
        wrong.append(
            message(
                "{place} 机构 {theirs}、平台 {ours}（其中未撤销 {standing}）",
                place=place,
                theirs=count,
                ours=len(entries),
                standing=standing,
            )
        )
    comparison = BooksCompared(
        call.institution,
        call.day(row, "stmt_begndate"),
        call.day(row, "stmt_enddate"),
        row.get("insutype") or "",
        row.get("clr_type") or "",
        row.get("refd_setl_flag") or "",
        call.now,
        call.operator["opter_name"] or call.operator["opter_id"],
        figures,
        [_FIGURES[name] for name in differing],
    )

    def operation(unit: Unit) -> Output:
        keep_comparison(unit, comparison)
        return {
            "stmtinfo": {
                "setl_optins": row.get("setl_optins") or "",
                "stmt_rslt": DIFFERS if wrong else AGREES,
                "stmt_rslt_dscr": str(Statements(wrong)),
            }
        }

    return call.write(call.institution, operation)


@writes("3202")
def compare_lines(call: Call) -> bytes:
    """3202: the sender's file against the book; the result is a file for 9102."""
    row = call.nodes.one()
    number = call.need(row, "file_qury_no")
    _, content = read_file(call.service.database, call.institution, from_wire(number))
    sender_rows = _sender_rows(call, content)
    ours = {to_wire(entry.entry_id): entry for entry in _entries(call)}
    lines = [
        _comparison(call, sender_row, ours.pop(sender_row[0], None)) for sender_row in sender_rows
    ]
    lines += [_missing(entry) for entry in ours.values()]
    file = zipped(f"3202_{call.message.msgid}.txt", "".join("\t".join(x) + "\n" for x in lines))
    file_id = new_identifier()

    def operation(unit: Unit) -> Output:
        insert_file(unit, call.institution, file_id, file.name, file.content, call.now)
        return {
            "fileinfo": {
                "file_qury_no": to_wire(file_id),
                "filename": file.name,
                "dld_endtime": kept_until(call.now),
            }
        }

    return call.write(call.institution, operation)


def _sender_rows(call: Call, content: bytes) -> list[list[str]]:
    """The rows of the sender's file: TAB between columns, zipped or not."""
    place = call.place("file_qury_no")
    try:
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                inner = archive.infolist()[0]
                if inner.file_size > _MOST_UNZIPPED:
                    raise MessageError(message("解压后过大，请按天分开对账"), place=place)
                content = archive.read(inner)
        text = content.decode("utf-8-sig")
    except (zipfile.BadZipFile, IndexError, UnicodeDecodeError):
        raise MessageError(
            message("对账文件应是 UTF-8 的 TXT，列间用 TAB，可以压缩"), place=place
        ) from None
    rows = [line.split("\t") for line in text.splitlines() if line.strip()]
    for number, cells in enumerate(rows, 1):
        if len(cells) < 6:
            raise MessageError(
                message("对账文件第 {number} 行少于 6 列，请按规范的列写", number=number),
                place=place,
            )
    return rows


def _comparison(call: Call, sender_row: list[str], entry: Any) -> list[str]:
    setl_id, mdtrt_id, psn_no = sender_row[:3]
    refund = sender_row[6] if len(sender_row) > 6 else "0"
    if entry is None:
        return [
            psn_no,
            mdtrt_id,
            setl_id,
            "",
            DIFFERS,
            refund,
            str(message("平台没有这笔结算")),
            *sender_row[3:6],
        ]
    names = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")
    ours = (entry.total, entry.fund, entry.account)
    stated = [
        fen(text, message("对账文件 {setl_id} {name}", setl_id=setl_id, name=name))
        for text, name in zip(sender_row[3:6], names, strict=True)
    ]
    wrong = [
        message("{place} 机构 {theirs} 平台 {ours}", place=name, theirs=yuan(a), ours=yuan(b))
        for name, a, b in zip(names, stated, ours, strict=True)
        if a != b
    ]
    memo = str(Statements(wrong)) or "null"
    flag = DIFFERS if wrong else AGREES
    amounts = [yuan(amount) for amount in ours]
    return [psn_no, mdtrt_id, setl_id, entry.message_id, flag, refund, memo, *amounts]


def _missing(entry: Any) -> list[str]:
    return [
        to_wire(entry.person_id),
        to_wire(entry.visit_id),
        to_wire(entry.entry_id),
        entry.message_id,
        DIFFERS,
        "0" if entry.reverses is None else "1",
        str(message("机构的文件里没有这笔结算")),
        yuan(entry.total),
        yuan(entry.fund),
        yuan(entry.account),
    ]
