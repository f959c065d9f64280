"""Files between the cashier and the bank: what is to be paid, and what became of it.

Both are CSV in UTF-8 with the heads below; amounts are yuan with two decimals.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yibao.disbursement.purposes import purpose_of
from yibao.disbursement.states import Outcome
from yibao.errors import InputError
from yibao.messages import CHINESE, Text, message, text_of
from yibao.money import format_yuan, parse_yuan

FILE_HEADS = ("批次号", "付款单号", "户名", "开户行", "账号", "金额", "用途")
ANSWER_HEADS = ("批次号", "付款单号", "金额", "结果", "银行流水号", "日期", "原因")
_OUTCOMES = {"成功": Outcome.PAID, "退回": Outcome.RETURNED}
MOST_BYTES = 2 * 1024 * 1024
MOST_LINES = 5_000
_LONGEST = 200


def bank_file(batch_id: str, lines: Iterable[Mapping[str, Any]]) -> bytes:
    """The file that the bank pays from, the same for the same batch."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(FILE_HEADS)
    for line in lines:
        payee = line["payee"]
        label = purpose_of(line["purpose"]).label
        row = [batch_id, line["order_id"], payee["name"], payee["bank"], payee["account"]]
        writer.writerow([*row, format_yuan(line["amount"], grouped=False), text_of(label, CHINESE)])
    return out.getvalue().encode("utf-8-sig")


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """What the bank says of one payment."""

    batch_id: str
    order_id: str
    amount: int
    """Fen."""
    outcome: Outcome
    reference: str
    """The bank's own number."""
    day: datetime.date
    reason: str = ""


def read_answers(content: bytes) -> list[BankAnswer]:
    """The lines of a bank's file; ``InputError`` names the line that is no answer."""
    if len(content) > MOST_BYTES:
        raise InputError(message("回盘文件太大：最多 {most} MB", most=MOST_BYTES // 1024 // 1024))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(message("回盘文件要用 UTF-8 编码"), place="file") from None
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows or tuple(head.strip() for head in rows[0]) != ANSWER_HEADS:
        raise InputError(
            message("回盘文件的第一行要写：{heads}", heads=",".join(ANSWER_HEADS)), place="file"
        )
    if len(rows) > MOST_LINES:
        raise InputError(message("回盘文件最多 {most} 行", most=MOST_LINES), place="file")
    return [
        _answer(number, [cell.strip() for cell in row])
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]


def _answer(number: int, row: list[str]) -> BankAnswer:
    if len(row) != len(ANSWER_HEADS):
        raise _fault(number, message("要有 {count} 列", count=len(ANSWER_HEADS)))
    batch_id, order_id, amount, outcome, reference, day, reason = row
    if outcome not in _OUTCOMES:
        raise _fault(number, message("结果写“成功”或“退回”"))
    if not reference or max(len(cell) for cell in row) > _LONGEST:
        raise _fault(number, message("要写银行流水号，每格不超过 {most} 个字", most=_LONGEST))
    try:
        fen, paid_on = parse_yuan(amount), datetime.date.fromisoformat(day)
    except ValueError:
        raise _fault(number, message("金额写元，日期写 2026-11-30 这样")) from None
    return BankAnswer(batch_id, order_id, fen, _OUTCOMES[outcome], reference, paid_on, reason)


def _fault(number: int, said: Text) -> InputError:
    return InputError(message("第 {number} 行：{said}", number=number, said=said), place="file")
