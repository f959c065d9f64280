"""One visit of a scenario file: its days, lines, disease and the accounts that may pay."""

from __future__ import annotations

import datetime
from collections.abc import Container, Sequence
from collections.abc import Mapping as AbstractMapping

from yibao.benefit.facts import Filing, Institution, Item, Person, Visit
from yibao.messages import Listed, message
from yibao.policy.document import Mapping, Node
from yibao.policy.kinds import InstitutionKind, ItemClass, VisitKind
from yibao.scenario.model import NamePlace
from yibao.scenario.read_facts import plain_keys, read_described, read_plain
from yibao.scenario.read_people import OWN
from yibao.scenario.values import day, known, new_id, one_of, pack_name

VISIT_KEYS = plain_keys(
    Visit,
    *("visit", "person", "institution", "kind", "on", "admitted", "discharged"),
    *("items", "total", "draw"),
)
_AT_PHARMACY = (VisitKind.OUTPATIENT, VisitKind.CHRONIC, VisitKind.PHARMACY)


def read_visit(
    mapping: Mapping,
    taken: Container[str],
    people: AbstractMapping[str, Person],
    institutions: AbstractMapping[str, Institution],
    filings: Sequence[Filing],
    diseases: list[NamePlace],
) -> Visit:
    """The visit at ``mapping``; a disease that it names is added to ``diseases``."""
    mapping.only(VISIT_KEYS)
    visit_id = new_id(mapping.require("visit"), taken, message("就诊"))
    person = known(mapping.require("person"), people, message("人员"))
    institution = known(mapping.require("institution"), institutions, message("机构"))
    kind_node = mapping.require("kind")
    kind = kind_node.choice(VisitKind)
    if institutions[institution].kind == InstitutionKind.PHARMACY and kind not in _AT_PHARMACY:
        raise kind_node.fault(
            message(
                "机构 {institution} 是药店，不能有 kind: {kind} 的就诊",
                institution=institution,
                kind=kind,
            )
        )
    start, end = _days(mapping, kind, people[person])
    disease = _disease(mapping, kind, person, start, filings, diseases)
    facts = read_plain(mapping, Visit, {"kind": kind}, but=("disease",))
    return Visit(
        id=visit_id,
        person=person,
        institution=institution,
        kind=kind,
        start=start,
        end=end,
        items=_items(mapping),
        draw=read_draw(mapping.get("draw"), person, people),
        disease=disease,
        **facts,
    )


def _days(mapping: Mapping, kind: VisitKind, person: Person) -> tuple[datetime.date, datetime.date]:
    """First and last day: ``admitted`` and ``discharged`` of a stay, else ``on`` twice."""
    inpatient = kind == VisitKind.INPATIENT
    for key in ("on",) if inpatient else ("admitted", "discharged"):
        if key in mapping.entries:
            instead = "admitted 和 discharged" if inpatient else "on"
            raise mapping.require(key).fault(
                message(
                    "kind: {kind} 不写 {key}，请写 {instead}", kind=kind, key=key, instead=instead
                )
            )
    start_node = mapping.require("admitted" if inpatient else "on")
    start = end = day(start_node)
    if inpatient:
        end_node = mapping.require("discharged")
        end = day(end_node)
        if end < start:
            raise end_node.fault(
                message("出院日 discharged {end} 早于入院日 admitted {start}", end=end, start=start)
            )
    if start < person.birth:
        raise start_node.fault(
            message(
                "{start} 早于 {id} 的出生日 {birth}", start=start, id=person.id, birth=person.birth
            )
        )
    return start, end


def _items(mapping: Mapping) -> tuple[Item, ...]:
    if one_of(mapping, ("items", "total")) == "total":
        return (Item(ItemClass.A, mapping.require("total").yuan()),)
    return tuple(
        Item(**read_described(node.mapping(), Item)) for node in mapping.require("items").sequence()
    )


def read_draw(node: Node | None, person: str, people: Container[str]) -> tuple[str, ...]:
    """``own`` or ids of existing people, none twice, and one relative at most."""
    draw: list[str] = []
    for entry in node.sequence() if node else ():
        account = entry.text()
        if account != OWN:
            known(entry, people, message("人员（本人写 own）"))
        if account == person:
            raise entry.fault(message("draw 里的本人请写 own"))
        if account in draw:
            raise entry.fault(message("draw 里 {account} 写了两次", account=repr(account)))
        if account != OWN and any(other != OWN for other in draw):
            raise entry.fault(
                message("draw 里最多写一位亲属，{account} 是第二位", account=repr(account))
            )
        draw.append(account)
    return tuple(draw)


def _disease(
    mapping: Mapping,
    kind: str,
    person: str,
    on: datetime.date,
    filings: Sequence[Filing],
    diseases: list[NamePlace],
) -> str | None:
    """The disease of the visit; a chronic one has to be filed on that day."""
    node = mapping.get("disease")
    named = None if node is None else pack_name(node, diseases)
    if kind != VisitKind.CHRONIC:
        return named
    filed = sorted(
        {
            filing.disease
            for filing in filings
            if filing.person == person and filing.disease is not None and filing.holds_on(on)
        }
    )
    if not filed:
        place = mapping.require("kind") if node is None else node
        raise place.fault(
            message(
                "{person} 在 {on} 没有门诊慢特病备案（filings 里 kind: chronic）",
                person=person,
                on=on,
            )
        )
    if node is None:
        if len(filed) > 1:
            raise mapping.fault(
                message("有几种备案病种，必须写 disease：{filed}", filed=Listed(filed))
            )
        return filed[0]
    if named not in filed:
        raise node.fault(
            message(
                "{person} 在 {on} 备案的病种是 {filed}，没有 {named}",
                person=person,
                on=on,
                filed=Listed(filed),
                named=repr(named),
            )
        )
    return named
