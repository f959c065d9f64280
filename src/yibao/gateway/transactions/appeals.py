"""Doubts of the review: asked for with 3701, appealed with 3702, put before a panel with 3703.

A document (单据) is an application for a month; what is told of a doubt is what `/institution`
shows, and an appeal is the operation that the page there does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from yibao.access.operations import Answer
from yibao.clearing.operations import DoubtAnswer, appeal_doubts, ask_panel
from yibao.clearing.reading import ToldDoubt, doubts_told
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.sent import output_of
from yibao.gateway.answers import Output, amount, encode_output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError, titled
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.message import Row
from yibao.gateway.registry import reads, writes
from yibao.gateway.shaping import shaped_row
from yibao.gateway.transactions.asked import page_of
from yibao.gateway.values import fen, instant_text, yuan
from yibao.messages import Message, Text, message

_APPEALS, _ACCEPTS = "1", "0"
"""``applyFlag``: a doubt that is not appealed is accepted by silence; nothing is written of it."""


@reads("3701")
def told(call: Call) -> Output:
    """3701: applications of the sender about which something was doubted on some days."""
    row = call.nodes.one()
    _require_sender(call, row)
    first, last = call.day(row, "startTime"), call.day(row, "endTime")
    if last < first:
        raise MessageError(message("早于开始时间，请核对"), place=call.place("endTime"))
    if row.get("stage") is not None:
        call.note(call.place("stage"), message("节点的代码没有公开，不按它筛选"))
    doubts = doubts_told(call.service.database, call.actor, first, last)
    grouped = [
        (application_id, list(members))
        for application_id, members in groupby(
            sorted(doubts, key=lambda known: known.application_id),
            key=lambda known: known.application_id,
        )
    ]
    page = page_of(row, "currentPage", "pageSize", len(grouped))
    shown = grouped[page.first : page.end]
    return {
        "pageResult": {
            "recordCounts": str(len(grouped)),
            "pageSize": str(page.size),
            "pageNum": str(page.number),
            "data": [_document(call, application, members) for application, members in shown],
        }
    }


def _document(call: Call, application_id: str, doubts: Sequence[ToldDoubt]) -> Output:
    number = to_wire(application_id)
    facts = call.known_institution().versions[-1]
    last_days = [known.doubt.appeal_by for known in doubts if known.doubt.appeal_by is not None]
    return {
        "rid": number,
        "docId": number,
        "taskId": number,
        "poolareaNo": doubts[0].area,
        "medinsId": call.institution,
        "medinsName": facts.name or "",
        "medinsAdmdvs": facts.facts.area,
        "applDdln": max(last_days).isoformat() if last_days else "",
        "docSusptDTOS": [_doubt(number, known) for known in doubts],
    }


def _doubt(number: str, known: ToldDoubt) -> Output:
    doubt = known.doubt
    return {
        "docId": number,
        "docSusptId": to_wire(doubt.doubt_id),
        "rid": to_wire(doubt.doubt_id),
        "taskId": number,
        "poolareaNo": known.area,
        "volaCont": doubt.reason,
        "checkoutTime": instant_text(known.told_at),
        "checkoutSusptAmt": amount(doubt.amount),
        "chkVolaAmt": amount(doubt.amount),
        "cnfmVolaAmt": amount(doubt.confirmed),
        "volaDetAmt": amount(doubt.confirmed),
        "rvisAmt": amount(doubt.given_back),
        "applRea": doubt.appeal,
        "susptStasName": str(doubt.state_label),
        "violationDetailIds": [],
    }


@writes("3702")
def appeal(call: Call) -> bytes:
    """3702: doubts appealed with a reason each, all of them or none."""
    return _answered(call, appeal_doubts, "appeal")


@writes("3703")
def put_before_panel(call: Call) -> bytes:
    """3703: what the second review deducts is put before a panel, all of it or none."""
    return _answered(call, ask_panel, "panel")


def _answered(call: Call, operation: Callable[..., Answer], step: str) -> bytes:
    row = call.nodes.one()
    _require_sender(call, row)
    answers = _answers(call, row)
    if not answers:
        raise MessageError(
            message("没有写要申诉的疑点（applyFlag 1）"), place=call.place("applyFlag")
        )
    places = {answer.doubt_id: place for answer, place in answers}

    def words(unit: Unit, answer: Answer) -> str:
        return encode_output(_documents([known for known, _ in answers])).decode()

    try:
        answer = operation(
            call.service.database,
            call.sent.inner(step),
            [known for known, _ in answers],
            actor=call.actor,
            at=call.now,
            then=call.sent.then(words),
        )
    except NotFoundError as error:
        only = next(iter(places.values())) if len(places) == 1 else call.place("docSusptId")
        raise error.of(only) from None
    return output_of(answer).encode()


def _require_sender(call: Call, row: Row) -> None:
    sender = row.get("medinsCodg")
    if sender is not None and sender != call.institution:
        raise MessageError(
            message("写的是 {sender}，报文头是 {own}，请核对", sender=sender, own=call.institution),
            place=call.place("medinsCodg"),
        )


def _answers(call: Call, row: Row) -> list[tuple[DoubtAnswer, Text]]:
    """What a message says of each doubt, with its place."""
    answers: list[tuple[DoubtAnswer, Text]] = []
    for document in call.nodes.inside(row, "docs"):
        application_id = from_wire(document["docId"] or "")
        doubts = call.nodes.inside(document, "docSusptDTOS")
        places = call.nodes.places_inside(document, "docSusptDTOS")
        for doubt, place in zip(doubts, places, strict=True):
            flag = doubt.get("applyFlag") or _APPEALS
            if flag == _ACCEPTS:
                call.note(f"{place}.applyFlag", message("不申诉的不用办，过期按疑点扣减"))
                continue
            if flag != _APPEALS:
                raise MessageError(
                    message("{flag} 不认识，申诉写 1", flag=flag),
                    place=titled(f"{place}.applyFlag", message("申诉标识")),
                )
            reason = _reason(doubt, place)
            answer = DoubtAnswer(from_wire(doubt["docSusptId"] or ""), reason, application_id)
            answers.append((answer, titled(f"{place}.docSusptId", message("疑点id"))))
    return answers


def _reason(doubt: Row, place: str) -> str:
    """Why, with the sum that is disputed where the sender says one."""
    if doubt.get("attUploadId") is not None:
        raise MessageError(
            message("平台不收附件（3704），请把理由写在 auditOpinion"),
            place=titled(f"{place}.attUploadId", message("申诉材料id")),
        )
    reason, disputed = doubt.get("auditOpinion"), doubt.get("susptAmt")
    if reason is None:
        raise MessageError(
            message("缺少必填项，请填写后重发"),
            place=titled(f"{place}.auditOpinion", message("申诉原因")),
        )
    if disputed is None:
        return reason
    sum_in_words: Message = message(
        "{reason}（申诉金额 {amount} 元）",
        reason=reason,
        amount=yuan(fen(disputed, f"{place}.susptAmt")),
    )
    return str(sum_in_words)


def _documents(answers: Sequence[DoubtAnswer]) -> list[Output]:
    """The rows of an answer: the codes of ``docCode`` and ``susptCode`` are not published."""
    by_document: dict[str, list[Output]] = {}
    for answer in answers:
        number = to_wire(answer.application_id or "")
        by_document.setdefault(number, []).append({"susptId": to_wire(answer.doubt_id)})
    return [
        shaped_row("3702", {"docId": number, "docsuspt": doubts}, "output")
        for number, doubts in by_document.items()
    ]
