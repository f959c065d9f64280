"""Part of a settled order is given back: which lines are left, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibao.exchange.amounts import Money
from yibao.exchange.part import RenderPart, Rest
from yibao.exchange.visits import Document, RegisteredVisit, item_of
from yibao.gateway.answers import Output, amount
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.identifiers import to_wire
from yibao.gateway.lines import refunded
from yibao.gateway.reading import decode_object, scalar_text
from yibao.gateway.settled import restated_output, reversal_output
from yibao.gateway.values import fen, yuan
from yibao.messages import message

LINES = "feedetailList"
_PLACE = f"input.data.extData.{LINES}"


def rest_of(call: Call, visit: RegisteredVisit, entry: Any) -> Rest | None:
    """What is left of a settled order once a message's part is given back; None: nothing."""
    row = call.nodes.one()
    text = row.get("totlRefdAmt")
    named = _named_lines(row.get("extData"))
    back = None if text is None else fen(text, call.place("totlRefdAmt"))
    if back is None and not named:
        return None
    if back is not None and not 0 < back <= entry.total:
        raise MessageError(
            message(
                "写的是 {back}，应大于 0、不超过订单的 {total}",
                back=yuan(back),
                total=yuan(entry.total),
            ),
            place=call.place("totlRefdAmt"),
        )
    if back == entry.total:
        return None
    settled = [line for line in visit.lines if line.get("settled") == entry.entry_id]
    if not settled:
        raise MessageError(
            message("这笔订单没有上传明细，只能全额退"), place=call.place("totlRefdAmt")
        )
    back_by_line = _by_line(named, settled) if named else _by_amount(call, back or 0, settled)
    if back is not None and sum(back_by_line.values()) != back:
        raise MessageError(
            message(
                "写的是 {back}，所列各行之和是 {summed}，请核对",
                back=yuan(back),
                summed=yuan(sum(back_by_line.values())),
            ),
            place=call.place("totlRefdAmt"),
        )
    left = {line["sn"]: _less(line, back_by_line.get(line["sn"], 0)) for line in settled}
    items = [item_of(line) for line in left.values() if line["amount"]]
    if not items:
        return None
    lines = [left.get(line["sn"], line) for line in visit.lines]
    return Rest(items, [line for line in lines if line["amount"] or line["sn"] not in left])


def _named_lines(text: str | None) -> list[Mapping[str, Any]]:
    """The rows of ``extData`` that say which lines go back."""
    if text is None or not text.startswith("{"):
        return []
    rows = decode_object(text, "input.data.extData").get(LINES) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MessageError(message("每一行应是 JSON 对象"), place=_PLACE)
    return rows


def _by_line(rows: list[Mapping[str, Any]], settled: list[Document]) -> dict[str, int]:
    """Fen that go back, by the number of a line: all of it where no amount is told."""
    by_number = {line["sn"]: line for line in settled}
    back: dict[str, int] = {}
    for row in rows:
        number = scalar_text(row.get("feedetlSn")) or ""
        line = by_number.get(number)
        if line is None or number in back:
            raise MessageError(
                message("没有已结算的明细 {number}，或写了两次", number=number), place=_PLACE
            )
        text = scalar_text(row.get("detItemFeeSumamt"))
        back[number] = line["amount"] if text is None else fen(text, _PLACE)
    return back


def _by_amount(call: Call, back: int, settled: list[Document]) -> dict[str, int]:
    """The line that an amount alone can only mean."""
    alike = [line for line in settled if line["amount"] == back]
    chosen = settled if len(settled) == 1 else alike
    if len(chosen) != 1:
        raise MessageError(
            message(
                "{back} 不能断定是哪几行的，请在 extData 的 {lines} 写明各行 feedetlSn",
                back=yuan(back),
                lines=LINES,
            ),
            place=call.place("totlRefdAmt"),
        )
    return {chosen[0]["sn"]: back}


def _less(line: Document, back: int) -> Document:
    """A line less what goes back of it; whole units go where the amount is one of so many."""
    if not back:
        return line
    if not 0 < back <= line["amount"]:
        raise MessageError(
            message("退费超过原明细 {sn} 余下的数量或金额，请核对", sn=line["sn"]), place=_PLACE
        )
    if back == line["amount"]:
        return {**line, "quantity": 0, "amount": 0}
    share = line["quantity"] * back
    quantity = share // line["amount"] if share % line["amount"] == 0 else 0
    if line["price_limit"] is not None and not quantity:
        raise MessageError(
            message("明细 {sn} 有限价，退的金额要是若干个单位的", sn=line["sn"]), place=_PLACE
        )
    quantity = min(quantity, line["quantity"] - 1)
    return refunded(line, {"quantity": -quantity, "amount": -back}, _PLACE)


def rendered_part(call: Call, entry: Any, answer: Output) -> RenderPart:
    """The reversal as 2208 answers it, and 6203's answer with what stands now."""

    def render(
        reversal_id: str, undone: Money, rest_id: str, rest: Money, proposals: int
    ) -> tuple[str, str]:
        ours = call.sent.message_id
        reversal = reversal_output(entry, reversal_id, ours, undone, call.now, proposals=proposals)
        back = undone.plus(rest)
        told = {
            "setlId": to_wire(rest_id),
            "totlRefdAmt": amount(-back.total),
            "fundRefdAmt": amount(-back.fund),
            "psnAcctRefdAmt": amount(-back.account - back.mutual_aid),
            "cashRefdAmt": amount(-back.cash),
        }
        stands = restated_output(entry, rest_id, ours, rest, call.now)
        data = {**answer["data"], "extData": told}
        return call.encoded(reversal), call.encoded({"data": data, **stands})

    return render
