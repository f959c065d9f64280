"""Reading a person, and whether benefits are there: 1101 and 2001."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from yibao.access.permissions import officer
from yibao.benefit.coverage import Cover, cover_on
from yibao.benefit.facts import Enrolment, Filing, Person
from yibao.benefit.people import age_on
from yibao.database.identifiers import new_identifier
from yibao.errors import InputError, NotFoundError, RefusedError
from yibao.exchange.people import find_by_number, make_up
from yibao.exchange.reading import KnownPerson
from yibao.gateway.answers import Output, amount
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.fields import terms
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.message import Row
from yibao.gateway.registry import reads
from yibao.gateway.values import ZONE, instant_text
from yibao.gateway.visiting import no_chronic_filing
from yibao.insured.enrolment.cover import now
from yibao.insured.people.certificates import CertificateNumber, read_number
from yibao.insured.people.credentials import is_credential, scan_credential
from yibao.messages import Text, message, message_in
from yibao.policy.kinds import FilingKind, Scheme, Sex, Status, VisitKind

_SUPPOSED_BIRTH = datetime.date(1980, 1, 1)
_SUPPOSED_YEARS = 5
"""Years for which a made-up person has been enrolled."""
_SEX = {Sex.MALE: message_in("sex", "男"), Sex.FEMALE: message_in("sex", "女")}
_WORKING_AGE = 16
"""From which a made-up person is an employee; younger ones are residents."""


def person_words(facts: Person, enrolment: Enrolment, on: datetime.date) -> Output:
    """The fields about a person that settlements repeat."""
    words = terms()
    standing = enrolment.status or Scheme.RESIDENT
    return {
        "gend": words["gend"][facts.sex],
        "naty": "",
        "brdy": facts.birth.isoformat(),
        "age": age_on(facts.birth, on),
        "insutype": words["scheme"][enrolment.scheme]["insutype"],
        "psn_type": words["psn_type"][standing],
        "cvlserv_flag": "0",
    }


# --- 1101 ----------------------------------------------------------------------------------------


@reads("1101")
def read_person(call: Call) -> Output:
    """1101: by psn_no's own text, by certificate, or by the number on the voucher."""
    row = call.nodes.one()
    at = call.now if row.get("begntime") is None else call.instant(row, "begntime")
    person, number = _identified(call, row)
    facts, balance = person.facts, person.balance
    person_id = facts.id
    call.shown(person_id)
    name = call.name_of(person_id)
    told_name = row.get("psn_name")
    if told_name is not None and told_name != name.name:
        call.note(
            call.place("psn_name"),
            message("与登记的姓名 {name} 不同，以登记的为准", name=f"{name.name[:1]}**"),
        )
    on = at.date()
    return {
        "baseinfo": {
            "psn_no": to_wire(person_id),
            "psn_cert_type": row.get("psn_cert_type") or "01",
            "certno": number or name.number,
            "psn_name": name.name,
            "gend": terms()["gend"][facts.sex],
            "naty": "",
            "brdy": facts.birth.isoformat(),
            "age": age_on(facts.birth, on),
            "exp_content": "",
        },
        "insuinfo": [
            _enrolment_row(call, facts, enrolment, balance, on)
            for enrolment in facts.enrolments
            if enrolment.start <= on
        ],
        "idetinfo": _identities(facts, on),
    }


_LIKE_IDENTITY = re.compile("[0-9]{17}[0-9Xx]")
"""What stands in a field for any number, and is read as the identity number that it looks like."""


def _identified(call: Call, row: Row) -> tuple[KnownPerson, str]:
    """Whose certificate it is, and the number by which the person was found."""
    database = call.service.database
    kinds = terms()["psn_cert_type"]
    tried: list[tuple[str | None, str]] = []
    certno, voucher = row.get("certno"), row.get("mdtrt_cert_no")
    if certno is not None:
        tried.append((kinds.get(row.get("psn_cert_type") or "01"), certno))
    if voucher is not None and voucher != certno:
        of_card = row.get("mdtrt_cert_type") == "02"
        tried.append((kinds["01"] if of_card else None, voucher))
    if not tried:
        call.need(row, "certno")
    if row.get("mdtrt_cert_type") == "01" and voucher is not None and is_credential(voucher):
        try:
            person_id = scan_credential(database, voucher, now(), actor=call.actor)
        except RefusedError as error:
            raise MessageError(error.said, place=call.place("mdtrt_cert_no")) from None
        return call.known(person_id), ""
    for kind, number in tried:
        person = find_by_number(database, kind, number)
        if person is not None:
            return call.met(person), number
    for _, number in tried:
        try:
            return call.known(from_wire(number)), number
        except NotFoundError:
            continue
    kind, number = tried[0]
    if kind is None and _LIKE_IDENTITY.fullmatch(number):
        kind = kinds["01"]
    place = call.place("certno" if certno is not None else "mdtrt_cert_no")
    read = None if kind is None else _read(kind, number, place)
    if call.strict or not call.service.settings.make_up:
        raise MessageError(message("没有这个证件号码的参保人，请核对"), place=place)
    name = row.get("psn_name") or "测试人员"
    return call.known(_made_up(call, read, number, name, place)), number


def _read(kind: str, number: str, place: Text) -> CertificateNumber:
    """What a number says; one that cannot be is nobody's, in a sandbox too."""
    try:
        return read_number(kind, number)
    except InputError as error:
        impossible = message("没有这个证件号码的参保人，号码本身也不对：{why}", why=error.said)
        raise MessageError(impossible, place=place) from None


def _made_up(
    call: Call, read: CertificateNumber | None, number: str, name: str, place: Text
) -> str:
    """Somebody of the institution's area, of the sex and birth that the number says."""
    area = call.institution_on(call.today).facts.area
    newborn = read is not None and read.certificate == "birth_certificate"
    sex = (read.sex if read else None) or Sex.MALE
    births = read.births if read else ()
    birth = births[0] if births else call.today if newborn else _SUPPOSED_BIRTH
    for note in read.notes if read else ():
        call.note(place, note)
    if not births or read is None or read.sex is None:
        supposed = message(
            "没有登记过；号码不含性别或出生日期，沙箱造的人是{sex}、{birth}出生",
            sex=_SEX[sex],
            birth=birth,
        )
        call.note(place, supposed)
    else:
        call.note(place, message("没有登记过；沙箱按号码里的性别和出生日期造了一位"))
    start = max(datetime.date(call.today.year - _SUPPOSED_YEARS, 1, 1), birth)
    of_age = age_on(birth, call.today) >= _WORKING_AGE
    scheme, status = (Scheme.EMPLOYEE, Status.WORKING) if of_age else (Scheme.RESIDENT, None)
    person_id = new_identifier()
    facts = Person(
        id=person_id,
        sex=sex,
        birth=birth,
        area=area,
        groups=(),
        enrolments=(Enrolment(scheme, status, start, None, area),),
        contributions_resident=None,
        contributions_employee=None,
    )
    balance = call.service.settings.sandbox_balance
    return make_up(
        call.service.database,
        facts,
        number,
        name,
        balance=balance if of_age else 0,
        actor=officer("sandbox"),
        certificate=read.certificate if read else None,
    )


def _enrolment_row(
    call: Call, facts: Person, enrolment: Enrolment, balance: int, on: datetime.date
) -> Output:
    words = terms()
    ended = enrolment.end is not None and enrolment.end < on
    status, paused = ("4", enrolment.end) if ended else ("1", None)
    if not ended:
        cover = _cover(call, facts, on)
        if cover is not None and not cover.entitled:
            call.note("insuinfo", cover.why)
            status = "2"
    return {
        "balc": amount(
            balance if enrolment.scheme == Scheme.EMPLOYEE or len(facts.enrolments) == 1 else 0
        ),
        "insutype": words["scheme"][enrolment.scheme]["insutype"],
        "psn_type": words["psn_type"][enrolment.status or Scheme.RESIDENT],
        "psn_insu_stas": status,
        "psn_insu_date": enrolment.start.isoformat(),
        "paus_insu_date": paused.isoformat() if paused is not None else "",
        "cvlserv_flag": "0",
        "insuplc_admdvs": enrolment.area,
        "emp_name": "",
    }


def _cover(call: Call, facts: Person, on: datetime.date) -> Cover | None:
    try:
        return cover_on(call.service.library, facts, on)
    except RefusedError as error:
        call.note("insuinfo", error.said)
        return None


def _identities(facts: Person, on: datetime.date) -> list[Output]:
    codes_by_group = terms()["psn_idet_type"]
    return [
        {
            "psn_idet_type": codes_by_group.get(membership.group) or "2360",
            "psn_type_lv": "",
            "memo": membership.group,
            "begntime": instant_text(
                datetime.datetime.combine(membership.start, datetime.time(), ZONE)
            ),
            "endtime": ""
            if membership.end is None
            else instant_text(datetime.datetime.combine(membership.end, datetime.time(), ZONE)),
        }
        for membership in facts.groups
        if membership.start <= on and codes_by_group.get(membership.group) != ""
    ]


# --- 2001 ----------------------------------------------------------------------------------------


@reads("2001")
def check_benefit(call: Call) -> Output:
    """2001: whether a person has benefits for a kind of care on a day, and why not."""
    row = call.nodes.one()
    person_id = call.person(row)
    insured = call.shown(person_id)
    facts = insured.facts
    on = call.day(row, "begntime", call.today)
    cover = cover_on(call.service.library, facts, on)
    words = terms()
    enrolment = cover.enrolment
    scheme = enrolment.scheme if enrolment is not None else facts.enrolments[-1].scheme
    why = "" if cover.entitled else str(cover.why)
    asked = words["med_type"].get(row.get("med_type"), {})
    if (
        not why
        and asked.get("kind") == VisitKind.CHRONIC
        and not _has_chronic_filing(insured.filings, on)
    ):
        why = str(no_chronic_filing(on))
    funds = words["fund_pay_type"][scheme]
    checked: Output = {
        "psn_no": to_wire(person_id),
        "trt_chk_type": "01",
        "trt_enjymnt_flag": "0" if why else "1",
        "begndate": (cover.first_day or on).isoformat(),
        "enddate": enrolment.end.isoformat() if enrolment is not None and enrolment.end else "",
        "trt_chk_rslt": why,
    }
    return {
        "trtinfo": [{**checked, "fund_pay_type": funds[layer]} for layer in ("pooled", "upper")]
    }


def _has_chronic_filing(filings: Sequence[Filing], on: datetime.date) -> bool:
    return any(filing.kind == FilingKind.CHRONIC and filing.holds_on(on) for filing in filings)
