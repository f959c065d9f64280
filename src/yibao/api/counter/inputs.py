"""Inputs that several errands ask for, and the checks that go with them."""

from __future__ import annotations

from typing import Any

from yibao.access.permissions import is_within
from yibao.api.counter.errand import ErrandCall, ErrandSetting
from yibao.benefit.described import TODAY, facts_of
from yibao.benefit.facts import Person
from yibao.benefit.groups import said_groups
from yibao.errors import InputError, NotFoundError
from yibao.inquiry import errands
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Choice, Field
from yibao.inquiry.words import CONTRIBUTOR
from yibao.insured.enrolment.documents import Proof, catalogue
from yibao.insured.people.certificates import RESIDENT, certificate_kinds
from yibao.insured.people.finding import find_person, people_with_numbers
from yibao.messages import Message, Wording, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Contributor
from yibao.policy.model import Words
from yibao.policy.pack_names import pack_name

CERTIFICATE = "certificate"
EXAMPLE_DAY = "2025-07-01"


def certificate_field(name: str, label: Message) -> Field:
    kinds = tuple(Choice(code, Words(kind["zh"])) for code, kind in certificate_kinds().items())
    return Field(name, label, "choice", default=RESIDENT, required=True, choices=kinds)


def number_field(name: str, label: Message) -> Field:
    return Field(name, label, "name", required=True)


def day_field(
    name: str, label: Message, *, default: str = TODAY, hint: Wording = NO_WORDS
) -> Field:
    return Field(name, label, "day", default=default, required=bool(default), hint=hint)


def sex_field(*, required: bool) -> Field:
    """As the certificate says it; not needed where the number does."""
    hint = message("照出生医学证明。") if required else message("身份证号码里有的不用填。")
    return field_of(facts_of(Person)["sex"], required=required, default="", hint=hint)


def worded(text: Any) -> Wording:
    return Words(text) if isinstance(text, str) else text


def shown_field(papers: str) -> Field:
    return Field("shown", message("原件已经核对"), "flag", required=True, hint=Words(papers or "—"))


def titles_of(*kinds: str) -> str:
    return "、".join(catalogue()["kinds"][kind] for kind in kinds)


def papers_of_routes(*routes: str) -> str:
    said = []
    for route in routes:
        needs = catalogue()["routes"][route]["need"]
        papers = "；".join(
            "或".join(catalogue()["kinds"][kind] for kind in need["any"]) for need in needs
        )
        said.append(f"{catalogue()['routes'][route]['zh']}：{papers}")
    return "。".join(said)


def contributor_field(*codes: Contributor) -> Field:
    """The schemes that can be chosen; the first one unless another is."""
    choices = tuple(Choice(code, worded(CONTRIBUTOR[code])) for code in codes)
    return field_of(errands.JOINED_SCHEME, kind="choice", default=codes[0], choices=choices)


def area_field(library: PolicyLibrary) -> Field:
    """The areas whose rules are known."""
    return field_of(
        errands.JOINED_AREA, kind="choice", required=True, choices=area_choices(library)
    )


def route_field(*routes: str) -> Field:
    names = catalogue()["routes"]
    choices = tuple(Choice(code, Words(names[code]["zh"])) for code in routes)
    return Field(
        "route",
        message("凭什么在那里参保"),
        "choice",
        default=routes[0],
        required=True,
        choices=choices,
    )


def group_field(asked: ErrandSetting) -> Field:
    """Of a person those that the own area's pack names."""
    label = message("哪一类人群")
    if asked.facts is None:
        return Field("group", label, "id", required=True)
    covering = asked.library.covering(asked.facts.area)
    names = {} if covering is None else said_groups(asked.library.rulebook(covering.code))
    choices = tuple(Choice(code, pack_name("group", code, name)) for code, name in names.items())
    return Field("group", label, "choice", required=True, choices=choices)


def relative_field(asked: ErrandSetting) -> Field:
    label = message("和谁的关系")
    if asked.facts is None:
        return Field("relative", label, "id", required=True)
    choices = tuple(Choice(code, Words(name)) for code, name in asked.relatives.items())
    return Field("relative", label, "choice", required=True, choices=choices)


def require_shown(call: ErrandCall) -> None:
    if not call.values["shown"]:
        raise InputError(message("没有核对原件不能办"), place="shown")


def require_own_area(call: ErrandCall, area: str) -> None:
    """An office enrols for its own area; another area's is asked there."""
    if call.actor.area is not None and not is_within(area, call.actor.area):
        raise InputError(message("这里只办本统筹区的参保"), place="area")


def proofs_of_route(route: str) -> tuple[Proof, ...]:
    needs = catalogue()["routes"][route]["need"]
    return tuple(Proof(need["any"][0], need.get("copies", 1)) for need in needs)


def found_here(call: ErrandCall, certificate: str, number: str) -> str:
    """The person with a number, of the own area; ``NotFoundError``."""
    person_id = find_person(call.database, certificate, number, actor=call.actor)
    if person_id is None:
        raise NotFoundError(message("本统筹区没有找到，请核对号码或姓名"))
    return person_id


def relative_anywhere(call: ErrandCall, certificate: str, number: str, name: str) -> str:
    """A relative of the own area, or of another one whose name is told as it is registered."""
    try:
        return found_here(call, certificate, number)
    except NotFoundError:
        if not name.strip():
            raise
    secrets = call.database.secrets
    known = call.database.read(
        lambda unit: people_with_numbers(unit, secrets, certificate, [number])
    )
    person_id, registered_name = known.get(number, ("", ""))
    if not person_id or registered_name != " ".join(name.split()):
        raise NotFoundError(message("没有找到，请核对号码和姓名"))
    return person_id
