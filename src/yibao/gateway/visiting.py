"""From what an institution told of a visit to the visit that is settled."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from yibao.aid.operations import grant_rows
from yibao.aid.states import GrantStatus
from yibao.benefit.described import Fact, plain_facts
from yibao.benefit.facts import Filing, Item, Person, Visit
from yibao.benefit.people import home_enrolment
from yibao.errors import RefusedError
from yibao.exchange.files import records
from yibao.exchange.visits import Document, RegisteredVisit, item_of
from yibao.gateway.call import Call
from yibao.gateway.errors import EMPTY, MessageError, titled
from yibao.gateway.fields import terms
from yibao.gateway.identifiers import from_wire
from yibao.gateway.message import Row
from yibao.gateway.reading import decode_object
from yibao.gateway.values import scaled
from yibao.messages import Listed, Message, message
from yibao.policy.kinds import MISCARRIAGES, Channel, Delivery, FilingKind, VisitKind

_MED_TYPE = titled("med_type", message("医疗类别"))
_EXTENSION = titled("exp_content", message("字段扩展"))
_DISEASE = titled("dise_codg", message("病种编码"))

ACCIDENT = "2507"
"""Kind of record: how an injury came about."""
PAYER = "YIBAO_PAYER_PSN_NO"
"""Key of exp_content that names whose account pays with acct_used_flag 2."""
PAYER_ONLY = "YIBAO_PAYER_ONLY"
"""1: the own account is not drawn first."""
DELIVERY = "YIBAO_DELIVERY"
"""Key of exp_content that tells kinds of miscarriages apart, for which matn_type has one code."""
MANUAL = "YIBAO_MANUAL"
"""Key of exp_content that says 1 for a claim with documents."""
EXTENSION_FACTS = tuple(fact for fact in plain_facts(Visit) if not fact.of_interface)
"""Facts that the interface has no field for; they travel in exp_content."""


def extension_key(fact: Fact) -> str:
    """The key of exp_content for a fact; 1 says yes of a flag."""
    return f"YIBAO_{fact.name.upper()}"


def _delivery(
    words: Mapping[str, Any], document: Document, more: Mapping[str, str]
) -> Delivery | None:
    """How the pregnancy ended; None for prenatal care."""
    if more.get(DELIVERY) in MISCARRIAGES:
        return Delivery(more[DELIVERY])
    by_code: Delivery | None = terms()["matn_type"].get(document.get("matn_type"))
    return words.get("delivery") or by_code


def extension_facts(call: Call, more: Mapping[str, str]) -> dict[str, Any]:
    """The facts that exp_content gives; the default, and a note, for what is no value of one."""
    facts: dict[str, Any] = {}
    for fact in EXTENSION_FACTS:
        key = extension_key(fact)
        text = more.get(key)
        facts[fact.name] = fact.default
        if fact.kind == "flag":
            facts[fact.name] = text == "1"
        elif text is None:
            continue
        elif fact.kind == "choice" and text in fact.choices:
            facts[fact.name] = fact.chosen(text)
        elif fact.kind == "name":
            facts[fact.name] = text
        else:
            call.note(
                message("{place}{key}", place=_EXTENSION, key=key),
                message("不认识 {text}；忽略", text=text),
            )
    return facts


_EMERGENCY = {"OTP_ER_REFL_FLAG": ("1", "3"), "IPT_TYPE": ("2",)}
"""Keys of exp_content and their values that mean an emergency."""

STAY_BATCH = "stay"
"""Stays are settled whole; their lines have no charge batch."""


def visit_words(call: Call, med_type: str | None, *, stay: bool) -> Mapping[str, Any]:
    """What a med_type means; an ordinary visit or stay where it means nothing here."""
    known: Mapping[str, Any] | None = terms()["med_type"].get(med_type)
    if known is None:
        plain: Mapping[str, Any] = terms()["med_type"]["21" if stay else "11"]
        call.note(
            _MED_TYPE,
            message("{med_type} 没有对应，按普通就诊处理", med_type=med_type or EMPTY),
        )
        return plain
    if stay and not known.get("stay"):
        call.note(
            _MED_TYPE,
            message("{med_type} 是门诊类别，办的是住院，按普通住院处理", med_type=med_type),
        )
        return terms()["med_type"]["21"]  # type: ignore[no-any-return]
    if not stay and known.get("stay"):
        raise MessageError(
            message(
                "{med_type} 是住院类别，请先用 2401 办理入院，再用 2304 结算", med_type=med_type
            ),
            place=_MED_TYPE,
        )
    return known


def channel_of(*extensions: Mapping[str, str]) -> Channel:
    """Whether it is a claim with documents, as the last exp_content that speaks of it says."""
    said = {name: text for more in extensions for name, text in more.items()}
    return Channel.MANUAL if said.get(MANUAL) == "1" else Channel.DIRECT


def extension(call: Call, row: Row) -> Mapping[str, str]:
    """exp_content as names and texts; empty for what is no JSON object."""
    text = row.get("exp_content")
    if text is None or not text.startswith("{"):
        return {}
    try:
        content = decode_object(text, "exp_content")
    except MessageError as error:
        call.note(_EXTENSION, message("{fault}；忽略", fault=error.message))
        return {}
    told = {name: str(value) for name, value in content.items() if value is not None}
    if told.get("TRUM_FLAG") == "1" and row.get("psn_no") is not None:
        _note_accident(call, call.person(row))
    return told


def _note_accident(call: Call, person_id: str) -> None:
    """A visit of an injury should have a filing that says how it came about."""
    if not records(call.service.database, call.institution, ACCIDENT, person_id):
        call.note(
            _EXTENSION, message("写的是外伤就诊，本机构没有这个人的意外伤害备案，请用 2507 备案")
        )


def disease_of(
    call: Call, person: Person, document: Mapping[str, Any], day: datetime.date
) -> str | None:
    """The pack's disease of dise_codg or dise_name; None where neither is one."""
    code, name = document.get("dise_codg"), document.get("dise_name")
    area = home_enrolment(person, day).area
    covering = call.service.library.covering(area)
    if covering is None:
        return None
    book = call.service.library.rulebook(covering.code)
    mapped = terms()["diseases"].get(code)
    for name_in_pack in (mapped, code):
        if name_in_pack in book.diseases:
            return str(name_in_pack)
    return next((disease for disease, shown in book.disease_names.items() if shown == name), None)


def no_chronic_filing(day: datetime.date) -> Message:
    """Why a visit is no chronic one: nothing was filed that holds on the day."""
    return message("{day} 没有门诊慢特病备案，请先用 2503 备案，或改用普通门诊 11", day=day)


def chronic_disease(
    call: Call,
    person: Person,
    filings: Sequence[Filing],
    named_disease: str | None,
    day: datetime.date,
) -> str:
    """The disease whose filing counts; refused where there is none, or several and none named."""
    filed = [
        filing.disease
        for filing in filings
        if filing.kind == FilingKind.CHRONIC and filing.holds_on(day) and filing.disease is not None
    ]
    if named_disease is not None and named_disease in filed:
        return named_disease
    if not filed:
        raise RefusedError(no_chronic_filing(day))
    if named_disease is not None or len(set(filed)) > 1:
        raise MessageError(
            message("备案的病种是 {filed}，请写明其中一种", filed=Listed(sorted(set(filed)))),
            place=_DISEASE,
        )
    call.note(_DISEASE, message("没有写，按唯一的备案 {filed} 处理", filed=filed[0]))
    return filed[0]


def accounts_to_draw(call: Call, row: Row, person_id: str, day: datetime.date) -> tuple[str, ...]:
    """Whose personal accounts may pay, in order, by acct_used_flag."""
    flag = row.get("acct_used_flag")
    place = titled("acct_used_flag", message("个人账户使用标志"))
    if flag is None:
        call.note(place, message("没有写，按 0 不使用处理"))
        return ()
    flag = flag.lstrip("0") or "0"
    if flag == "0":
        return ()
    if flag == "1":
        return ("own",)
    if flag != "2":
        raise MessageError(
            message("{flag} 应写 0 不用、1 用本人个账、2 用共济人个账", flag=flag), place=place
        )
    more = extension(call, row)
    payer = more.get(PAYER)
    if payer is not None:
        own = () if more.get(PAYER_ONLY) == "1" else ("own",)
        return (*own, from_wire(payer))
    grants = call.service.database.read(
        lambda unit: grant_rows(unit, person_id, day, as_grantee=True)
    )
    active = [grant for grant in grants if grant["status"] == GrantStatus.ACTIVE]
    chosen = (active or grants)[-1:]
    if not chosen:
        call.note(place, message("没有人授权共济，只用本人个账"))
        return ("own",)
    if len({grant["grantor_id"] for grant in active}) > 1:
        call.note(
            place,
            message("有几位授权人，用最近一次授权的；可在 exp_content 写 {key} 指明", key=PAYER),
        )
    return ("own", str(chosen[0]["grantor_id"]))


def draft_visit(
    call: Call,
    registered: RegisteredVisit,
    care_visit: str,
    *,
    med_type: str | None,
    end: datetime.date,
    items: Sequence[Item] = (),
    row: Row | None = None,
    lines: Sequence[Document] = (),
) -> tuple[Visit, Person, tuple[Filing, ...]]:
    """The visit as the engine takes it, with the person's facts and filings."""
    document = registered.document
    row = row or {}
    insured = call.known(registered.person_id)
    person, filings = insured.facts, insured.filings
    words = visit_words(call, med_type, stay=registered.stay)
    start = registered.opened_on
    kind = VisitKind(words["kind"])
    disease_words = {
        **_disease_of_lines(lines),
        **document,
        **{k: v for k, v in row.items() if v is not None},
    }
    disease = disease_of(call, person, disease_words, start)
    if kind == VisitKind.CHRONIC:
        disease = chronic_disease(call, person, filings, disease, start)
    more = {**document.get("extension", {}), **extension(call, row)}
    emergency = bool(words.get("emergency")) or any(
        more.get(name) in values for name, values in _EMERGENCY.items()
    )
    facts = extension_facts(call, more)
    facts["prescription"] |= any(line["raw"].get("rx_circ_flag") == "1" for line in lines)
    facts["dual_channel"] |= bool(words.get("dual_channel"))
    facts["dual_channel"] |= any(line["dual_channel"] for line in lines)
    visit = Visit(
        id=care_visit,
        person=registered.person_id,
        institution=call.institution,
        kind=kind,
        start=start,
        end=end,
        items=tuple(items) or tuple(item_of(line) for line in lines),
        draw=accounts_to_draw(call, row, registered.person_id, end) if row else (),
        emergency=emergency,
        channel=channel_of(more),
        disease=disease,
        delivery=_delivery(words, document, more) if kind == VisitKind.MATERNITY else None,
        fetuses=_count(document.get("fetus_cnt")) or 1,
        gestation_months=_months(document.get("geso_val")),
        **facts,
    )
    return visit, person, filings


def _disease_of_lines(lines: Sequence[Document]) -> dict[str, Any]:
    """The disease that lines name, where the visit names none."""
    codes = (line["raw"].get("dise_codg") for line in lines)
    code = next((text for text in codes if text), None)
    return {} if code is None else {"dise_codg": code}


def _count(text: str | None) -> int:
    return 0 if text is None else scaled(text, 0, titled("fetus_cnt", message("胎儿数")))


def _months(weeks: str | None) -> int | None:
    """Whole months from the weeks of gestation (four weeks a month)."""
    return None if weeks is None else scaled(weeks, 0, titled("geso_val", message("孕周数"))) // 4
