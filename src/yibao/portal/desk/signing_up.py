"""A case of somebody who signs up: what was written, beside what the register says."""

from __future__ import annotations

from yibao.access.operations import Key
from yibao.access.permissions import may
from yibao.insured.people.certificates import certificate_kinds
from yibao.insured.signing_up.comparing import difference, registered_as
from yibao.insured.signing_up.forms import SIGN_UP, SignUp
from yibao.insured.signing_up.operations import give_code
from yibao.messages import Text, message
from yibao.office.flows import CaseState
from yibao.office.reading import CasePage
from yibao.portal.desk.frame import DeskCall
from yibao.portal.desk.reading import read_of
from yibao.record.insurance import Insurance, insurance


def facts_of_sign_up(call: DeskCall, page: CasePage) -> list[tuple[Text, Text]]:
    """Name, number and telephone in full: that is what is compared with the papers."""
    asked: SignUp = page.data
    kind = str(certificate_kinds()[asked.certificate]["zh"])
    facts: list[tuple[Text, Text]] = [
        (message("参保人姓名"), asked.name),
        (message("证件"), f"{kind} {asked.number}"),
    ]
    if asked.is_for_child:
        facts.append((message("监护人"), f"{asked.guardian} {asked.guardian_number}"))
    facts.append((message("电话"), asked.phone))
    if page.listed.is_open and may(call.actor, "find_person", area=page.listed.area):
        why = _difference(call, page)
        agreed = message("号码、姓名都和登记的一样；请再看照片是不是同一个人")
        facts.append((message("和登记簿核对"), agreed if why is None else why))
    return facts


def _difference(call: DeskCall, page: CasePage) -> Text | None:
    secrets = call.database.secrets
    registered = call.database.read(lambda unit: registered_as(unit, secrets, page.data))
    if registered is not None and not may(call.actor, "find_person", registered.person_id):
        registered = None
    return difference(page.data, registered, page.listed.area, call.today)


def registered_here(call: DeskCall, page: CasePage) -> Insurance | None:
    """The person of the number, where whoever reads the case may know the person."""
    secrets, packs = call.database.secrets, call.counter.packs
    registered = call.database.read(lambda unit: registered_as(unit, secrets, page.data))
    if registered is None or not page.listed.is_open:
        return None
    person_id = registered.person_id
    if not may(call.actor, "read_person", person_id):
        return None
    return read_of(
        call,
        "read_person",
        person_id,
        lambda unit: insurance(unit, secrets, person_id, call.today, packs),
    )


def may_give_code(call: DeskCall, page: CasePage) -> bool:
    """Whether it is approved, and whoever sits at the desk gives out codes."""
    return (
        page.listed.kind.name == SIGN_UP
        and page.listed.state == CaseState.APPROVED
        and call.may("give_sign_up_code")
    )


def given_code(call: DeskCall) -> str:
    """Another code."""
    key = Key(call.actor.id, "desk_sign_up_code", call.once())
    return give_code(
        call.database, key, call.parameters["case"], actor=call.actor, at=call.counter.now()
    )
