"""Quote, settlement and reversal of visits and stays: 2206-2208, 2303-2305, and 2601."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from yibao.benefit.facts import Item, Person, Visit
from yibao.benefit.people import home_enrolment
from yibao.care.errors import DependentError
from yibao.errors import ConflictError, NotFoundError, RefusedError
from yibao.exchange.amounts import Money
from yibao.exchange.book import Booking, RenderReversal
from yibao.exchange.providers import providers_of
from yibao.exchange.reading import known_visit
from yibao.exchange.sent import answer_of
from yibao.exchange.stays import known_stays
from yibao.exchange.steps import steps_of_quote
from yibao.exchange.visits import RegisteredVisit, require_open
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError, titled
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.lines import without_lines
from yibao.gateway.listing import catalogue_of_visit, listed_again
from yibao.gateway.message import Row
from yibao.gateway.overlaps import check_outpatient
from yibao.gateway.registry import reads, writes
from yibao.gateway.settled import Answered, reversal_output, settlement_output
from yibao.gateway.transactions.outpatient import cancel, require_own
from yibao.gateway.transactions.people import person_words
from yibao.gateway.values import day, fen, yuan
from yibao.gateway.visiting import STAY_BATCH, draft_visit, visit_words
from yibao.messages import Listed, message

UNKNOWN_OUTCOME = ("2102", "2207", "2207A", "2304")
"""Settlements that 2601 undoes when their answer never came."""
_PARTS = {
    "fulamt_ownpay_amt": "out_of_catalogue",
    "overlmt_selfpay": "over_limit",
    "preselfpay_amt": "upfront",
    "inscp_scp_amt": "eligible",
}
"""The split that a client confirms; ours counts, a difference is noted."""


@dataclass(frozen=True, slots=True)
class SettlementDraft:
    """A batch of a visit, ready to be quoted or settled."""

    registered: RegisteredVisit
    visit: Visit
    person: Person
    booking: Booking
    words: Output
    interim: bool = False
    """Whether a stay goes on after it."""

    @property
    def goes_on(self) -> bool:
        """Whether an interim settlement of the stay stands."""
        return self.booking.batch in self.registered.settled

    def output(self, call: Call, entry_id: str | None, money: Money) -> Output:
        """setlinfo and setldetail; ``entry_id`` None: of a quote."""
        answered = Answered(
            entry_id=entry_id,
            visit_id=self.registered.visit_id,
            kind=self.visit.kind,
            message_id=call.sent.message_id,
            booking=self.booking,
            words=self.words,
        )
        return settlement_output(answered, money, call.now)


def prepare(
    call: Call,
    row: Row,
    registered: RegisteredVisit,
    batch: str,
    end: datetime.date,
    *,
    interim: bool = False,
) -> SettlementDraft:
    """The visit of a batch; what it comes to must be what its lines come to.

    ``interim``: of a stay that goes on.  Where such a settlement stands, the total is of the
    lines since, and the visit that is settled is the whole stay.
    """
    require_open(registered)
    total = call.fen(row, "medfee_sumamt")
    place = call.place("medfee_sumamt")
    if total < 0:
        raise MessageError(message("不能为负"), place=place)
    before = registered.settled.get(batch)
    if before is not None and not before.get("interim"):
        raise ConflictError(message("收费批次 {batch} 已经结算，要重新结算请先撤销", batch=batch))
    lines = registered.unsettled(None if registered.stay else batch)
    items: tuple[Item, ...] = ()
    if interim and not registered.lines:
        raise MessageError(
            message("中途结算要先用 2301 上传明细"), place=call.place("mid_setl_flag")
        )
    if lines or before is not None:
        summed = sum(line["amount"] for line in lines)
        if summed != total:
            raise MessageError(
                message(
                    "{total} 与 {count} 行费用明细之和 {summed} 不符，请核对明细或总额",
                    total=yuan(total),
                    count=len(lines),
                    summed=yuan(summed),
                ),
                place=place,
            )
    else:
        items = (without_lines(call, registered, row, batch, total),)
    if before is not None:
        lines = registered.lines
    batches = registered.document["batches"]
    number = len(batches) + 1
    care_visit = batches.get(batch) or (
        registered.visit_id if number == 1 else f"{registered.visit_id}.{number}"
    )
    document = registered.document
    told_type = row.get("med_type")
    med_type = told_type or document.get("med_type")
    visit, person, _ = draft_visit(
        call, registered, care_visit, med_type=med_type, end=end, items=items, row=row, lines=lines
    )
    catalogue = catalogue_of_visit(call, person, visit.start, visit.channel)
    if not all(catalogue.is_of(line) for line in lines):
        registered, lines = listed_again(call, registered, lines, catalogue)
        visit, person, _ = draft_visit(
            call, registered, care_visit, med_type=med_type, end=end, row=row, lines=lines
        )
    if not registered.stay and "diagnoses" not in document:  # 2203 has looked already
        check_outpatient(
            call,
            visit.person,
            visit.start,
            visit.disease or row.get("dise_codg"),
            lambda: known_stays(call.service.database, visit.person),
        )
    enrolment = home_enrolment(person, visit.start)
    words = person_words(person, enrolment, end)
    if row.get("insutype") not in (None, words["insutype"]):
        call.note(
            call.place("insutype"),
            message("与参保的 {insutype} 不同，以参保的为准", insutype=words["insutype"]),
        )
    _note_areas(call, enrolment.area)
    name = call.name_of(registered.person_id)
    clear = visit_words(call, med_type, stay=registered.stay)["clear"]
    facts = {
        "psn_no": to_wire(registered.person_id),
        "psn_name": name.name,
        "psn_cert_type": row.get("psn_cert_type") or document.get("psn_cert_type") or "01",
        "certno": row.get("certno") or document.get("certno") or name.number,
        "mdtrt_cert_type": row.get("mdtrt_cert_type") or document.get("mdtrt_cert_type") or "",
        "med_type": med_type or ("21" if registered.stay else "11"),
        "invono": row.get("invono") or "",
        "begndate": visit.start.isoformat(),
        "enddate": visit.end.isoformat(),
        **call.operator,
        **words,
    }
    booking = Booking(batch, enrolment.scheme, clear, enrolment.area, call.now)
    return SettlementDraft(registered, visit, person, booking, facts, interim)


def _note_areas(call: Call, home: str) -> None:
    """Areas of the envelope that disagree with what is registered; that counts."""
    for name, title, registered in (
        ("insuplc_admdvs", message("参保地医保区划"), home),
        (
            "mdtrtarea_admvs",
            message("就医地医保区划"),
            call.area,
        ),
    ):
        envelope_area = call.message.envelope.get(name)
        if envelope_area is not None and envelope_area[:4] != registered[:4]:
            call.note(
                titled(name, title),
                message(
                    "写的是 {envelope_area}，登记的是 {registered}，以登记的为准",
                    envelope_area=envelope_area,
                    registered=registered,
                ),
            )


def _compare_parts(call: Call, row: Row, money: Money) -> None:
    for name, ours in _PARTS.items():
        stated = row.get(name)
        if stated is not None and fen(stated, call.place(name)) != getattr(money, ours):
            right = yuan(getattr(money, ours))
            call.note(
                call.place(name),
                message(
                    "写的是 {stated}，平台算出 {right}，以平台为准", stated=stated, right=right
                ),
            )


# --- outpatients and stays -----------------------------------------------------------------------


def _outpatient(call: Call) -> SettlementDraft:
    row = call.nodes.one()
    visit = call.visit(row)
    require_own(call, visit)
    if visit.stay:
        raise MessageError(message("这是住院登记，请用 2303 或 2304"), place=call.place("mdtrt_id"))
    return prepare(call, row, visit, call.need(row, "chrg_bchno"), visit.opened_on)


def _stay(call: Call) -> SettlementDraft:
    row = call.nodes.one()
    visit = call.visit(row)
    require_own(call, visit)
    if not visit.stay:
        raise MessageError(message("这是门诊挂号，请用 2206 或 2207"), place=call.place("mdtrt_id"))
    interim = row.get("mid_setl_flag") == "1"
    return prepare(call, row, visit, STAY_BATCH, _end_of(call, visit, row), interim=interim)


def _end_of(call: Call, visit: RegisteredVisit, row: Row) -> datetime.date:
    """The last day: of the discharge, else as this message says, else today."""
    end = visit.document.get("end")
    if end is not None:
        return datetime.date.fromisoformat(end)
    text = row.get("dscgTime")
    if text is not None:
        last_day = day(text, call.place("dscgTime"))
        call.require_past(last_day, "dscgTime")
    else:
        last_day = max(call.today, visit.opened_on)
        call.note(
            message("出院日期"),
            message("还没有办出院，也没有写 dscgTime，按 {last_day} 处理", last_day=last_day),
        )
    if last_day < visit.opened_on:
        raise MessageError(
            message("早于入院日 {opened_on}，请核对", opened_on=visit.opened_on),
            place=call.place("dscgTime"),
        )
    return last_day


def quote_draft(call: Call, draft: SettlementDraft) -> Output:
    """The answer of a quote: nothing is stored, and there is no setl_id."""
    money, adjudication = call.service.book.quote(
        draft.visit,
        actor=call.actor,
        goes_on=draft.goes_on,
        providers=providers_of(draft.registered, draft.booking.batch, draft.visit.end),
    )
    _compare_parts(call, call.nodes.one(), money)
    if call.service.settings.inspect:
        call.message.steps = steps_of_quote(adjudication)
    return draft.output(call, None, money)


def settle_draft(call: Call, draft: SettlementDraft, extra: Output | None = None) -> bytes:
    """The answer of a settlement, kept with its effects."""
    row = call.nodes.one()

    def render(entry_id: str, money: Money) -> str:
        _compare_parts(call, row, money)
        output = draft.output(call, entry_id, money)
        return call.encoded({**output, **(extra or {})})

    visit, booking, place = draft.visit, draft.booking, call.place("begntime")
    told = partial(call.note, place)
    return call.service.book.settle(
        call.sent, draft.registered, visit, booking, render, interim=draft.interim, told=told
    ).encode()


@reads("2206")
def quote(call: Call) -> Output:
    """2206 (and 2206A)."""
    return quote_draft(call, _outpatient(call))


@writes("2207")
def settle(call: Call) -> bytes:
    """2207 (and 2207A)."""
    return settle_draft(call, _outpatient(call))


@reads("2303")
def quote_stay(call: Call) -> Output:
    """2303."""
    return quote_draft(call, _stay(call))


@writes("2304")
def settle_stay(call: Call) -> bytes:
    """2304, before or after the discharge."""
    return settle_draft(call, _stay(call))


# --- reversal ------------------------------------------------------------------------------------


def _reversal(call: Call, entry: Any) -> RenderReversal:
    """Renders the reversal of an entry: its answer with the other sign."""

    def render(entry_id: str, money: Money, proposals: int) -> str:
        output = reversal_output(
            entry, entry_id, call.message.msgid, money, call.now, proposals=proposals
        )
        return call.encoded({**output, "setlinfo": {**output["setlinfo"], **call.operator}})

    return render


def named_entry(call: Call, row: Row) -> Any:
    """The settlement of setl_id; messages also name one by its visit: then the newest of it."""
    person_id, number = call.person(row), from_wire(call.need(row, "setl_id"))
    book = call.service.book
    try:
        return book.entry(person_id, number)
    except NotFoundError:
        try:
            visit, _ = known_visit(call.service.database, person_id, number)
        except NotFoundError:
            visit = None
        if visit is None or not visit.settled:
            raise
    entry_id = max(settled["entry"] for settled in visit.settled.values())
    call.note(
        call.place("setl_id"),
        message("这是就诊的编号，按它的结算 {entry_id} 处理", entry_id=to_wire(entry_id)),
    )
    return book.entry(person_id, entry_id)


def _as_it_stands(call: Call, entry: Any) -> Any:
    """What an office corrected an entry to, noted; else the entry itself."""
    current = call.service.book.current(entry)
    if current.entry_id != entry.entry_id:
        before, now = to_wire(entry.entry_id), to_wire(current.entry_id)
        what = message(
            "{entry_id} 已由经办改正为 {current}，按改正后的处理", entry_id=before, current=now
        )
        call.note(call.place("setl_id"), what)
    return current


@contextmanager
def _named_on_wire() -> Iterator[None]:
    """Later settlements that a reversal is refused for, by the setl_id that 2208 takes."""
    try:
        yield
    except DependentError as error:
        raise RefusedError(
            message(
                "不能撤销：之后的结算 {dependent}（setl_id）依赖它，请先撤销这些结算",
                dependent=Listed(to_wire(settlement_id) for _, settlement_id in error.dependent),
            )
        ) from None


@writes("2208", "2305", "2103")
def reverse(call: Call) -> bytes:
    """2208, 2305 and 2103: by setl_id, whatever was drawn on the accounts since."""
    row = call.nodes.one()
    book = call.service.book
    entry = _as_it_stands(call, named_entry(call, row))
    person_id, entry_id = entry.person_id, entry.entry_id
    if entry.institution_id != call.institution:
        raise ConflictError(message("这笔结算是另一家机构做的，不能由本机构撤销"))
    if entry.reverses is not None:
        raise ConflictError(message("这是一笔撤销，不能再撤销；要恢复请重新结算"))
    visit_number = row.get("mdtrt_id")
    if visit_number is not None and from_wire(visit_number) != entry.visit_id:
        raise MessageError(
            message("与 setl_id 的就诊不是同一次，请核对"), place=call.place("mdtrt_id")
        )
    if book.reversed_by(person_id, entry_id) is not None:
        raise ConflictError(message("结算 {entry_id} 已经撤销过", entry_id=to_wire(entry_id)))
    book.require_newest(entry)
    with _named_on_wire():
        return book.reverse(call.sent, entry, _reversal(call, entry), call.now).encode()


@writes("2601")
def reverse_unknown(call: Call) -> bytes:
    """2601: a message whose answer never came is undone, or refused if it comes later."""
    row = call.nodes.one()
    person_id = call.person(row)
    message_id, infno = call.need(row, "omsgid"), call.need(row, "oinfno")
    if infno == "2401":
        return cancel_admission(call, person_id, message_id)
    if infno not in UNKNOWN_OUTCOME:
        raise MessageError(
            message("{infno} 不能冲正，可以冲正的是 2102、2207、2304、2401", infno=infno),
            place=call.place("oinfno"),
        )
    book = call.service.book

    def render(entry_id: str, money: Money, proposals: int) -> str:
        entry = book.entry_of_message(call.institution, message_id)
        return _reversal(call, entry)(entry_id, money, proposals)

    with suppress(NotFoundError):
        book.require_newest(book.entry_of_message(call.institution, message_id))
    with _named_on_wire():
        return book.withdraw(call.sent, person_id, message_id, render, call.now, "{}").encode()


def cancel_admission(call: Call, person_id: str, message_id: str) -> bytes:
    """An admission whose answer never came, by its message."""
    earlier = answer_of(call.service.database, call.institution, "2401", message_id)
    if earlier is None:
        raise ConflictError(
            message(
                "没有收到过报文 {message_id} 的入院办理，没有什么要冲正；可以重新办理入院",
                message_id=message_id,
            )
        )
    return cancel(call, {"psn_no": to_wire(person_id), "mdtrt_id": earlier["result"]["mdtrt_id"]})
