"""Purchases at pharmacies: everything in one message. 2101 and 2102; 2103 is a reversal."""

from __future__ import annotations

from yibao.database.identifiers import new_identifier
from yibao.exchange.visits import Document, RegisteredVisit, new_document
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.lines import Splitting, lines_words, read_lines
from yibao.gateway.listing import catalogue_of_visit
from yibao.gateway.registry import reads, writes
from yibao.gateway.transactions.outpatient import filled_fields
from yibao.gateway.transactions.settling import SettlementDraft, prepare, quote_draft, settle_draft
from yibao.gateway.visiting import channel_of, extension
from yibao.messages import message
from yibao.policy.kinds import InstitutionKind

BATCH = "purchase"
_AT_COUNTER = "41"


def _draft(call: Call) -> tuple[SettlementDraft, list[Document]]:
    row = call.nodes.one()
    rows = call.nodes.many("drugdetail")
    on = call.past_instant(row, "begntime").date()
    facts = call.institution_on(on).facts
    if facts.kind != InstitutionKind.PHARMACY:
        call.note("fixmedins_code", message("不是药店，仍按药店购药结算"))
    lines = []
    if rows:
        person = call.known(call.person(row)).facts
        catalogue = catalogue_of_visit(call, person, on, channel_of(extension(call, row)))
        lines = read_lines(call, rows, on, BATCH, row.get("dise_codg"), catalogue)
    numbers = [line["sn"] for line in lines]
    if len(set(numbers)) != len(numbers):
        raise MessageError(
            message("费用明细流水号有重复，请逐行编号"), place="input.drugdetail.feedetl_sn"
        )
    if any(line["amount"] < 0 for line in lines):
        raise MessageError(message("金额不能为负；退药请用 2103 撤销"), place="input.drugdetail")
    document = new_document(**filled_fields(row), **call.operator, begin=on.isoformat())
    document["med_type"] = row.get("med_type") or _AT_COUNTER
    document["lines"] = lines
    visit = RegisteredVisit(
        call.person(row), new_identifier(), call.institution, on, False, 0, document
    )
    return prepare(call, row, visit, BATCH, on), lines


def _cut(call: Call, draft: SettlementDraft, lines: list[Document]) -> Output:
    """The split line by line."""
    facts = call.institution_on(draft.visit.start).facts
    splitting = Splitting(call.service.library, draft.person, facts, draft.visit, ())
    return {"detlcutinfo": lines_words(lines, splitting)}


@reads("2101")
def quote(call: Call) -> Output:
    """2101."""
    draft, lines = _draft(call)
    return {**quote_draft(call, draft), **_cut(call, draft, lines)}


@writes("2102")
def settle(call: Call) -> bytes:
    """2102: the purchase is opened and settled in one transaction."""
    draft, lines = _draft(call)
    return settle_draft(call, draft, _cut(call, draft, lines))
