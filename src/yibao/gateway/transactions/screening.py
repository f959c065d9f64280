"""Orders looked at by the rules before and during care: 3101, 3102.

The same rules check the month later.  What they find is told, line by line and in words; nothing
is refused because of it and nothing of the message is stored, only that the record was read.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yibao.access.trail import read_record
from yibao.conduct.asking import AskedFinding, ask_providers, ask_rules
from yibao.conduct.checking import checked_line
from yibao.conduct.looks import CheckedVisit
from yibao.conduct.rules import SUSPENDED_PROVIDER, rules_to_ask
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.visits import Document, visits_of
from yibao.gateway.answers import Output, amount
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError, titled
from yibao.gateway.fields import terms
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.listing import VisitCatalogue, catalogue_of_visit, entries_of, listed
from yibao.gateway.message import Row
from yibao.gateway.registry import reads
from yibao.gateway.values import day, fen, scaled
from yibao.gateway.visiting import disease_of
from yibao.messages import Listed, Text, message
from yibao.policy.kinds import Channel
from yibao.prices.fragments import ListedPrices
from yibao.sanctions.providers import Provider
from yibao.sanctions.states import ProviderKind

_LONG_AGO = datetime.date(2000, 1, 1)
_COMPUTED, _NOT_COMPUTED = "1", "0"
"""``vola_amt_stas``: whether what a finding comes to could be worked out."""
_FOUND = "1"
"""``vola_item_type`` of a line that a finding stands on."""
_STAY = "2"
"""``med_mdtrt_type`` of a stay."""
_SEPARATORS = re.compile(r"[\s\[\]\",;]+")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A visit that a message asks about, with where it stands in the message."""

    call: Call
    person_id: str
    row: Row
    place: str

    def where(self, name: str, place: str = "", node: str = "fsi_encounter_dtos") -> Text:
        """How an error names a field of the visit, or of a row of ``node`` at ``place``."""
        nodes = self.call.nodes.transaction.input
        fields = next(known.fields for known in nodes if known.name == node)
        return titled(f"{place or self.place}.{name}", fields[name].zh)

    def day(self, name: str) -> datetime.date | None:
        """A day of the visit; None where it is not told."""
        text = self.row.get(name)
        return None if text is None else day(text, self.where(name))

    @property
    def number(self) -> str:
        """``mdtrt_id`` as it was sent."""
        return self.row["mdtrt_id"] or ""


@reads("3101", "3102")
def screen(call: Call) -> Output:
    """3101 and 3102: what the rules find in the visit of each person, its orders looked at."""
    asked_rules = _asked_rules(call)
    rows: list[Output] = []
    data = call.nodes.one()
    people = call.nodes.inside(data, "patient_dtos")
    for row, place in zip(people, call.nodes.places_inside(data, "patient_dtos"), strict=True):
        rows += _screened(call, row, place, asked_rules)
    return {"result": rows}


def _asked_rules(call: Call) -> frozenset[str]:
    """The rules that are asked for; empty: every one."""
    text = call.nodes.one().get("rule_ids") or ""
    codes = frozenset(filter(None, _SEPARATORS.split(text)))
    unknown = sorted(codes - {rule.code for rule in rules_to_ask()})
    if unknown:
        offered = Listed(rule.code for rule in rules_to_ask())
        raise MessageError(
            message(
                "没有规则 {unknown}；有的是 {offered}，不写就查全部",
                unknown=Listed(unknown),
                offered=offered,
            ),
            place=call.place("rule_ids"),
        )
    return codes


def _screened(call: Call, row: Row, place: str, asked_rules: frozenset[str]) -> list[Output]:
    """What is found in the current visit of one person."""
    person_id = from_wire(row["patn_id"] or "")
    asked = _current(call, person_id, row, place)
    try:
        person = call.known(person_id)
    except NotFoundError:
        raise NotFoundError(message("没有这个人，请用 1101 读到的人员编号")).of(
            titled(f"{place}.patn_id", message("参保人标识"))
        ) from None
    _note_person(call, row, place, person.facts)
    visit, stated_fund = _visit(asked, person.facts)
    treated = _is_treated(call, person_id)
    providers = _providers(asked, visit)

    def ask(unit: Unit) -> list[AskedFinding]:
        sex = person.facts.sex
        findings = list(ask_rules(unit, visit, sex, rules=asked_rules, elsewhere=treated))
        if not asked_rules or SUSPENDED_PROVIDER in asked_rules:
            findings += ask_providers(unit, visit, providers)
        return findings

    findings = read_record(
        call.service.database,
        call.actor,
        "read_person",
        person_id,
        ask,
        institution_id=call.institution,
        purpose=call.infno,
    )
    return [_finding_words(call, asked, finding, stated_fund) for finding in findings]


def _current(call: Call, person_id: str, row: Row, place: str) -> _Asked:
    """The visit that ``curr_mdtrt_id`` names, or the only one; the others are history."""
    visits = list(
        zip(
            call.nodes.inside(row, "fsi_encounter_dtos"),
            call.nodes.places_inside(row, "fsi_encounter_dtos"),
            strict=True,
        )
    )
    number = row.get("curr_mdtrt_id")
    current = [
        _Asked(call, person_id, visit, where)
        for visit, where in visits
        if number is None or visit["mdtrt_id"] == number
    ]
    if len(current) != 1:
        raise MessageError(
            message("就诊信息里应恰有一次是当前就诊，收到 {count} 次", count=len(current)),
            place=titled(f"{place}.curr_mdtrt_id", message("当前就诊标识")),
        )
    if len(visits) > 1:
        call.note(place, message("以前的就诊以平台的结算为准，报文里的不看"))
    return current[0]


def _note_person(call: Call, row: Row, place: str, facts: Any) -> None:
    """What the platform knows of a person holds; what differs is only noted."""
    sex, birth = row.get("gend"), row.get("brdy")
    if sex is not None and sex != terms()["gend"][facts.sex]:
        call.note(f"{place}.gend", message("与登记的不符，以登记的为准"))
    if birth is not None and day(birth, f"{place}.brdy") != facts.birth:
        call.note(f"{place}.brdy", message("与登记的不符，以登记的为准"))


def _is_treated(call: Call, person_id: str) -> bool:
    """Whether the person was ever registered here: others do not learn of care elsewhere."""
    visits = visits_of(
        call.service.database,
        person_id=person_id,
        institution_id=call.institution,
        first=_LONG_AGO,
        last=call.today,
    )
    treated = any(visit.document["status"] == "open" for visit in visits)
    if not treated:
        call.note("patn_id", message("这个人没有在本机构登记过就诊，只与本机构自己的结算对照"))
    return treated


# --- the visit -----------------------------------------------------------------------------------


def _visit(asked: _Asked, facts: Any) -> tuple[CheckedVisit, int | None]:
    """The visit as the rules look at it, and what the sender says that the fund pays of it."""
    call, row = asked.call, asked.row
    sender = row.get("medins_id")
    if sender is not None and sender != call.institution:
        raise MessageError(
            message("写的是 {sender}，报文头是 {own}，请核对", sender=sender, own=call.institution),
            place=asked.where("medins_id"),
        )
    start = asked.day("adm_date")
    assert start is not None  # the table requires it
    stay_words = terms()["med_type"].get(row.get("med_type"), {})
    is_stay = bool(stay_words.get("stay")) or row.get("med_mdtrt_type") == _STAY
    words = stay_words or terms()["med_type"]["21" if is_stay else "11"]
    end = asked.day("dscg_date") or (max(start, call.today) if is_stay else start)
    if end < start:
        raise MessageError(message("早于入院日期，请核对"), place=asked.where("dscg_date"))
    call.institution_on(start)
    told_fund = row.get("hifp_payamt")
    fund = None if told_fund is None else fen(told_fund, asked.where("hifp_payamt"))
    code = row.get("dise_no") or row.get("dscg_main_dise_codg")
    name = row.get("dise_name") or row.get("dscg_main_dise_name")
    disease = disease_of(call, facts, {"dise_codg": code, "dise_name": name}, start)
    catalogue = catalogue_of_visit(call, facts, start, Channel.DIRECT)
    orders = _lines(asked, start, code, catalogue)
    prices = ListedPrices.read(
        call.service.database, ((call.institution, line["code"]) for line in orders)
    )
    visit = CheckedVisit(
        person_id=asked.person_id,
        visit_id=from_wire(asked.number),
        institution_id=call.institution,
        area=call.area,
        kind=words["kind"],
        start=start,
        end=end,
        fund=fund or 0,
        emergency=bool(words.get("emergency")),
        disease=disease,
        lines=tuple(checked_line(line, prices, call.institution, start) for line in orders),
    )
    return visit, fund


def _lines(
    asked: _Asked, start: datetime.date, disease: str | None, catalogue: VisitCatalogue
) -> list[Document]:
    """The orders as lines: what they are is said by the catalogue, as of a line of 2204."""
    call, node = asked.call, "fsi_order_dtos"
    rows = call.nodes.inside(asked.row, node)
    places = call.nodes.places_inside(asked.row, node)
    days = []
    for row, place in zip(rows, places, strict=True):
        text = row.get("drord_begn_date")
        where = asked.where("drord_begn_date", place, node)
        days.append(start if text is None else day(text, where))
    codes = [row.get("hilist_code") for row in rows]
    entries = entries_of(call, catalogue.area, list(zip(codes, days, strict=True)))
    lines = []
    for row, place, on in zip(rows, places, days, strict=True):
        code = row.get("hilist_code") or ""
        quantity = scaled(row["cnt"] or "", 4, asked.where("cnt", place, node))
        raw = {"medins_list_name": row.get("hilist_name"), "fee_ocur_time": on.isoformat()}
        facts = listed(
            call,
            place,
            entries.get((code, on)),
            code=code,
            disease=disease,
            quantity=quantity,
            raw=raw,
        )
        total = fen(row["sumamt"] or "", asked.where("sumamt", place, node))
        told = {"sn": row["rx_id"], "code": code, "amount": total, "quantity": quantity}
        lines.append({**told, **facts, "raw": raw})
    return lines


_OF_VISIT = {
    **dict.fromkeys(
        ("adm_dept_codg", "adm_dept_name", "dscg_dept_codg", "dscg_dept_name"),
        ProviderKind.DEPARTMENT,
    ),
    "dr_codg": ProviderKind.PRACTITIONER,
}
_OF_ORDER = {
    **dict.fromkeys(("drord_dept_codg", "drord_dept_name"), ProviderKind.DEPARTMENT),
    "drord_dr_codg": ProviderKind.PRACTITIONER,
}
_OF_OPERATION = dict.fromkeys(("oper_dr_code", "anst_dr_code"), ProviderKind.PRACTITIONER)
"""Who gives the care, by the fields that say it."""


def _providers(asked: _Asked, visit: CheckedVisit) -> dict[str, list[Provider]]:
    """Who gives the care: of each order, and of the visit itself under an empty key."""

    def told(row: Row, fields: Mapping[str, ProviderKind], on: datetime.date) -> list[Provider]:
        return [
            Provider(kind, row[name] or "", on) for name, kind in fields.items() if row.get(name)
        ]

    nodes = asked.call.nodes
    by_key = {"": told(asked.row, _OF_VISIT, visit.start)}
    for row in nodes.inside(asked.row, "fsi_operation_dtos"):
        by_key[""] += told(row, _OF_OPERATION, visit.start)
    days = {line.key: line.day for line in visit.lines}
    for row in nodes.inside(asked.row, "fsi_order_dtos"):
        number = row["rx_id"] or ""
        on = datetime.date.fromisoformat(days[number])
        by_key.setdefault(number, []).extend(told(row, _OF_ORDER, on))
    return by_key


# --- the answer ----------------------------------------------------------------------------------


def _finding_words(call: Call, asked: _Asked, finding: AskedFinding, fund: int | None) -> Output:
    """A finding: which rule, what it says, on which orders, and what these come to.

    Of a visit as a whole that is what the fund pays of it, where the sender tells it.
    """
    by_line = dict(finding.amounts)
    summed = sum(by_line.values()) if by_line else fund
    total = summed if summed is None or fund is None else min(summed, fund)
    rule, number = finding.rule, to_wire(finding.finding_id)
    named = {"patn_id": to_wire(asked.person_id), "mdtrt_id": asked.number}
    details = [
        {
            "jrd_id": f"{number}-{position}",
            **named,
            "rx_id": line,
            "vola_item_type": _FOUND,
            "vola_amt": amount(fen_of_line or 0),
        }
        for position, (line, fen_of_line) in enumerate(by_line.items() or [("", total)], 1)
    ]
    return {
        "jr_id": number,
        "rule_id": rule.code,
        "rule_name": rule.label.zh,
        "vola_cont": str(finding.reason),
        **named,
        "judge_result_detail_dtos": details,
        "vola_amt": amount(total or 0),
        "vola_amt_stas": _NOT_COMPUTED if total is None else _COMPUTED,
        "sev_deg": str(rule.severity),
        "vola_evid": rule.basis,
        "vola_bhvr_type": str(rule.kind),
        "task_id": "",
    }
