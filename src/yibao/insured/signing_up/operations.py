"""Signing up: asked for by somebody without a login, and opened with a one-time code.

Three things open a login: the receipt, which whoever asked was shown once and nobody at the
office can read; the certificate number; and a code, which the office gives out by telephone or
at the counter after it has compared the papers with the register.  Nobody is told on the way
whether a number is registered: everything is taken in, and said to be looked at.
"""

from __future__ import annotations

import datetime
import hmac
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_any_chain, lock_ends
from yibao.access.errors import UnknownActorError
from yibao.access.guesses import Whence, begin_attempt, take_back_attempt
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, Role
from yibao.access.users import SYSTEM, add_user, open_login_of, set_password
from yibao.database.instants import civil_day
from yibao.database.joined import JoinedDatabase
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.insured.people.certificates import RESIDENT, certificate_kinds, read_number
from yibao.insured.signing_up.comparing import difference, registered_as
from yibao.insured.signing_up.forms import (
    GIVE_CODE,
    HAND_OVER,
    OPEN_LOGIN,
    PAPERS_AWAITED,
    SIGN_UP,
    WITHDRAW,
    SignUp,
)
from yibao.messages import message
from yibao.office.documents import require_papers, take_document
from yibao.office.flows import CaseState
from yibao.office.kinds import kind_of
from yibao.office.locks import case_row, has_case, lock_case
from yibao.office.operations import (
    Subject,
    follow_within,
    open_within,
)
from yibao.office.reading import CasePage, case_page
from yibao.office.receipts import grouped_receipt, plain_receipt, receipt_letters
from yibao.office.rights import require_case

CODE_LASTS = datetime.timedelta(days=3)
APPLICANT = Actor("sign-up", Role.INSURED)
"""Whoever asks for a login has none yet."""
_CODE_DIGITS = 8
_LONGEST = 60
_PHONE_DIGITS = range(7, 16)


@dataclass(frozen=True, slots=True)
class Proven:
    """Somebody who showed a receipt and the number that goes with it."""

    case_id: str
    page: CasePage


def file_sign_up(
    database: Database,
    once: str,
    asked: SignUp,
    area: str,
    *,
    whence: Whence,
    at: datetime.datetime,
) -> str:
    """Ask for a login: the receipt, which is told this once and is kept nowhere.

    ``once``: what the form is known by; sent twice it is one case with the same receipt.
    ``InputError`` for a number that cannot be one, ``LockedError`` after too many for a number.
    """
    asked = _tidied(asked)
    begin_attempt(database, f"sign-up for {asked.certificate} {asked.number}", whence, at)
    receipt = receipt_letters(database, f"sign-up receipt {once} {asked.number}")
    subject = Subject(area, case_id=_case_id(database, receipt))

    def operation(unit: Unit) -> None:
        if has_case(unit, subject.case_id):
            return
        answer = open_within(unit, SIGN_UP, subject, asked, actor=APPLICANT, at=at)
        extend_any_chain(unit, subject.chain, APPLICANT.id, "open_case", answer)

    try:
        database.write(operation)
    except IntegrityError:  # sent twice at once: the other one was first
        database.read(lambda unit: case_row(unit, subject.case_id))
    return grouped_receipt(receipt)


def look_up(
    database: Database, receipt: str, number: str, *, whence: Whence, at: datetime.datetime
) -> Proven:
    """How far it is; ``UnknownActorError`` does not say which of the two was wrong."""
    case_id = _case_id(database, plain_receipt(receipt))
    attempt = begin_attempt(database, f"sign-up {case_id}", whence, at)

    def read(unit: Unit) -> CasePage:
        return case_page(unit, APPLICANT, case_id, civil_day(at))

    try:
        page = database.read(read)
    except NotFoundError:
        raise _not_known() from None
    data = page.data
    if not isinstance(data, SignUp) or not _is_same(data.number, _plain(data.certificate, number)):
        raise _not_known()
    database.write(lambda unit: take_back_attempt(unit, attempt))
    return Proven(case_id, page)


def add_paper(
    database: Database,
    key: Key,
    proven: Proven,
    paper: str,
    name: str,
    content: bytes,
    *,
    at: datetime.datetime,
) -> Answer:
    """A document of whoever asked; only while the case waits for it."""
    if proven.page.listed.state not in (PAPERS_AWAITED, CaseState.TO_SUPPLEMENT):
        raise ConflictError(message("现在不收材料：已经交上去了，或者已经办结"))
    return take_document(
        database, key, proven.case_id, paper, name, content, actor=APPLICANT, at=at
    )


def hand_over(database: Database, proven: Proven, *, at: datetime.datetime) -> None:
    """All is there: to the counter; ``ConflictError`` says what is missing."""
    _step(database, proven.case_id, HAND_OVER, at, with_papers=True)


def withdraw(database: Database, proven: Proven, *, at: datetime.datetime) -> None:
    """Nothing more is wanted."""
    _step(database, proven.case_id, WITHDRAW, at)


def _step(
    database: Database,
    case_id: str,
    move: str,
    at: datetime.datetime,
    *,
    with_papers: bool = False,
) -> None:
    def operation(unit: Unit) -> None:
        case = lock_case(unit, case_id, ())
        if with_papers:
            require_papers(unit, kind_of(SIGN_UP), case)
        follow_within(unit, case_id, move, actor=APPLICANT, at=at)
        event = {"case": case_id, "move": move, "before": case.state}
        extend_any_chain(unit, case.chain, APPLICANT.id, "move_case", event)

    database.write(operation)


# --- the code ------------------------------------------------------------------------------------


def give_code(
    database: Database, key: Key, case_id: str, *, actor: Actor, at: datetime.datetime
) -> str:
    """A one-time code for an approved case, told to whoever sits at the counter this once.

    An earlier one ends with it.  It opens nothing without the receipt.
    """
    row = database.read(lambda unit: case_row(unit, case_id))
    require_case(actor, "give_sign_up_code", row)
    code = _digits(database, f"sign-up code {case_id} {key.message_id}")
    code_hash = _code_hash(database, case_id, code)
    content_hash = database.secrets.lasting_hash(canonical([case_id, code_hash]))

    def operation(unit: Unit) -> Answer:
        case = lock_case(unit, case_id, ())
        if case.kind != SIGN_UP or case.state != CaseState.APPROVED:
            raise ConflictError(message("身份核对通过以后才发一次性码"))
        data = msgspec.structs.replace(
            kind_of(SIGN_UP).read(case.data), code_hash=code_hash, code_until=at + CODE_LASTS
        )
        follow_within(unit, case_id, GIVE_CODE, actor=actor, at=at, data=data)
        answer = {"case": case_id}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_any_chain(unit, case.chain, actor.id, "give_sign_up_code", answer)
        return answer

    write_once(database, key, content_hash, operation)
    return code


def open_login(
    database: Database,
    receipt: str,
    number: str,
    code: str,
    login: str,
    password: str,
    *,
    whence: Whence,
    at: datetime.datetime,
) -> str:
    """Set the password with the code: the login, of the person's own choosing.

    Somebody who has one already has its password changed, and is told its name; whoever was
    signed in with it is out.
    """
    proven = look_up(database, receipt, number, whence=whence, at=at)
    attempt = begin_attempt(database, f"sign-up code {proven.case_id}", whence, at)
    hashed = _code_hash(database, proven.case_id, "".join(code.split()))
    secrets = database.secrets

    def operation(unit: Unit) -> str:
        data, case = proven.page.data, case_row(unit, proven.case_id)
        registered = registered_as(unit, secrets, data)
        if registered is not None:
            lock_ends(unit, [registered.person_id])
        case = lock_case(unit, proven.case_id, ())
        data = kind_of(SIGN_UP).read(case.data)
        if case.state != CaseState.APPROVED:
            raise ConflictError(message("现在还不能设密码，请看办到哪一步"))
        if data.code_until is None or data.code_until < at or data.code_hash != hashed:
            raise UnknownActorError(message("一次性码不对，或者已经过期；请向经办机构重新要一个"))
        why = difference(data, registered, case.area, civil_day(at))
        if registered is None or why is not None:
            raise ConflictError(message("登记有变化，请到经办窗口办理"))
        person_id = registered.person_id
        joined = JoinedDatabase(database, unit)
        known = open_login_of(unit, person_id)
        if known is None:
            add_user(joined, SYSTEM, login, password, Role.INSURED, person_id=person_id)
        else:
            set_password(joined, SYSTEM, known, password, at)
        take_back_attempt(unit, attempt)
        follow_within(unit, case.case_id, OPEN_LOGIN, actor=APPLICANT, at=at)
        event: dict[str, Any] = {"case": case.case_id, "move": OPEN_LOGIN}
        extend_any_chain(unit, case.chain, APPLICANT.id, "move_case", event)
        extend_any_chain(unit, person_id, APPLICANT.id, "open_login", {"case": case.case_id})
        return known or login

    return database.write(operation)


# --- pieces --------------------------------------------------------------------------------------


def _tidied(asked: SignUp) -> SignUp:
    """What was written in its one form; ``InputError`` names the field."""
    for field, text in (("name", asked.name), ("guardian", asked.guardian)):
        if len(text) > _LONGEST:
            raise InputError(message("最多写 {most} 个字", most=_LONGEST), place=field)
    if not asked.name.strip():
        raise InputError(message("请写姓名"), place="name")
    phone = "".join(letter for letter in asked.phone if letter not in " -+()")
    if not (phone.isascii() and phone.isdigit() and len(phone) in _PHONE_DIGITS):
        raise InputError(message("请写能打通的电话号码，只写数字"), place="phone")
    if asked.certificate not in certificate_kinds():
        raise InputError(message("不认识的证件类型"), place="certificate")
    changes: dict[str, str] = {
        "name": " ".join(asked.name.split()),
        "phone": phone,
        "number": _written(asked.certificate, asked.number, "number"),
        "guardian": " ".join(asked.guardian.split()),
        "guardian_number": "",
    }
    if changes["guardian"]:
        changes["guardian_number"] = _written(RESIDENT, asked.guardian_number, "guardian_number")
    return msgspec.structs.replace(asked, **changes)


def _written(certificate: str, number: str, place: str) -> str:
    try:
        return read_number(certificate, number).number
    except InputError as error:
        raise InputError(error.message, place=place) from None


def _plain(certificate: str, number: str) -> str:
    try:
        return read_number(certificate, number).number
    except InputError:
        return ""


def _is_same(known: str, written: str) -> bool:
    return bool(written) and hmac.compare_digest(known.encode(), written.encode())


def _not_known() -> UnknownActorError:
    return UnknownActorError(message("没有这个回执号，或者证件号码和它不配"))


def _digits(database: Database, text: str) -> str:
    number = int(database.secrets.lasting_hash(text)[:32], 16)
    return f"{number % 10**_CODE_DIGITS:0{_CODE_DIGITS}}"


def _case_id(database: Database, receipt: str) -> str:
    return database.secrets.lasting_hash(f"sign-up case {receipt}")[:32]


def _code_hash(database: Database, case_id: str, code: str) -> str:
    return database.secrets.lasting_hash(f"sign-up code of {case_id}: {code}")
