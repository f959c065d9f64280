"""What a calculator is, and the inputs that several share."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from yibao.benefit.answers import VisitAnswer
from yibao.benefit.described import Fact
from yibao.benefit.explain import Explanation, Step
from yibao.benefit.groups import said_groups
from yibao.errors import InputError, NotFoundError
from yibao.inquiry import reading
from yibao.inquiry.answer import Answer, Curve, Line, Note, Part
from yibao.inquiry.asked import AREA, GROUP
from yibao.inquiry.care import rulebook_area
from yibao.inquiry.curves import CurveStore
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Choice, Field, Input, Values
from yibao.inquiry.question import QUESTION
from yibao.inquiry.sentences import ALWAYS, AMOUNTS
from yibao.messages import CHINESE, Wording, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.gleaned import pack_names
from yibao.policy.keys import GRADES
from yibao.policy.kinds import Contributor, HospitalGrade, InstitutionKind, Status
from yibao.policy.pack_names import pack_name
from yibao.written import TypedAnswer

CURVE, ELSEWHERE = "curve", "institutions"
EXTRAS = frozenset((CURVE, ELSEWHERE))
"""What an answer brings beside itself: a curve over one input, the same bill elsewhere."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every question is answered with."""

    packs: PolicyLibrary
    today: datetime.date
    curves: CurveStore = field(default_factory=CurveStore)
    include: frozenset[str] = EXTRAS
    """Which of :data:`EXTRAS` the answer is to bring; the rest is not worked out."""
    language: str = CHINESE
    """What an answer for programs is said in."""

    def drawn(self, draw: Callable[[], Curve | None]) -> Curve | None:
        """The curve of an answer, where it is wanted: each of its points is an answer."""
        return draw() if CURVE in self.include else None

    def place(self, code: str) -> Wording:
        """The name of an area by its code."""
        return self.packs.place_name(code)


@dataclass(frozen=True, slots=True)
class Calculator:
    """One question that people ask."""

    id: str
    title: Wording
    purpose: Wording
    """One sentence: what one learns."""
    inputs: tuple[Input, ...]
    answer: Callable[[Context, Values], Answer]
    """Raises InputError (its place: the fields), RefusedError, NotFoundError."""
    example: Mapping[str, str]
    """Inputs that make a good first answer."""
    gives: type[TypedAnswer]
    """What the figures of its answers are."""
    topics: tuple[str, ...] = ()
    """Beginnings of the names of the parameters that it rests on."""


def area_choices(packs: PolicyLibrary) -> tuple[Choice, ...]:
    """The areas whose rules are known, cities before their provinces, the best known first."""
    areas = [area for area in packs.areas() if area.parent is not None]
    parents = {area.parent for area in areas}
    ordered = sorted(areas, key=lambda area: (area.code in parents, -len(area.complete)))
    return tuple(Choice(area.code, area.name) for area in ordered)


def home_code(packs: PolicyLibrary, text: str) -> str:
    """The code of the place where somebody says to be insured; its city's where it is a county.

    ``InputError`` for a place without a pack, and for what is no place.
    """
    try:
        code = reading.home_area(packs, text, "")[0]
    except NotFoundError as error:
        raise InputError(error.message) from None
    covering = packs.covering(code)
    county = covering is not None and covering.name == packs.place_name(code)
    return covering.code if covering is not None and county else code


def area_field(packs: PolicyLibrary, fact: Fact = AREA, **settings: Any) -> Field:
    """Where somebody is insured; the first area stands if nothing is said."""
    choices = area_choices(packs)
    first = choices[0].code if choices else ""
    chosen = {
        "kind": "area",
        "choices": choices,
        "default": first,
        "required": True,
        "resolve": lambda text: home_code(packs, text),
    }
    return field_of(fact, **{**chosen, **settings})


SCHEME = field_of(
    QUESTION["scheme"],
    default=Contributor.RESIDENT,
    hint=message("农村和没有工作单位的居民、学生、儿童一般是城乡居民；单位发工资的是职工。"),
)
STATUS = field_of(QUESTION["status"], default=Status.WORKING, required=True)
AGE = field_of(QUESTION["age"], extra=True, hint=message("有的地方待遇随年龄变化才需要填。"))


def place_code(packs: PolicyLibrary, text: str) -> str:
    """The code of any place, with a pack or without; ``InputError`` for what is no place."""
    try:
        return reading.any_area(packs, text, "")
    except NotFoundError as error:
        raise InputError(error.message) from None


def group_field(packs: PolicyLibrary, **settings: Any) -> Field:
    """A group that has terms of its own."""
    named = pack_names(packs, "groups")
    choices = tuple(Choice(code, pack_name("group", code, text)) for code, text in named.items())
    shown = {"kind": "choice", "choices": choices, "hint": message("不属于这些人群就不选。")}
    return field_of(GROUP, **{"extra": True, **shown, **settings})


def narrowed(packs: PolicyLibrary, inputs: Sequence[Input], said: str) -> tuple[Input, ...]:
    """The inputs as a form of one area shows them: its own groups, and none that follow from
    the age.  ``said``: the area as it was written; all groups stay where it has no pack."""
    area = next(
        (asked for asked in inputs if isinstance(asked, Field) and asked.name == AREA.name), None
    )
    try:
        code = home_code(packs, said) if said else area.default if area is not None else ""
        groups = said_groups(packs.rulebook(rulebook_area(packs, code)))
    except (InputError, NotFoundError):
        return tuple(inputs)

    def own(asked: Field) -> Field:
        if asked.name != GROUP.name:
            return asked
        choices = (Choice(code, pack_name("group", code, text)) for code, text in groups.items())
        return replace(asked, choices=tuple(choices))

    return tuple(
        own(asked)
        if isinstance(asked, Field)
        else replace(asked, fields=tuple(map(own, asked.fields)))
        for asked in inputs
    )


def disease_choices(packs: PolicyLibrary) -> tuple[Choice, ...]:
    """The diseases that any area names."""
    named = pack_names(packs, "diseases")
    named.pop("dual_channel", None)
    return tuple(Choice(code, pack_name("disease", code, text)) for code, text in named.items())


UNKNOWN_INSTITUTION = "unknown"
_GRADES = {
    HospitalGrade.GRADE_3A: message("三级甲等"),
    HospitalGrade.GRADE_3B: message("三级乙等"),
    HospitalGrade.GRADE_2A: message("二级甲等"),
    HospitalGrade.GRADE_2B: message("二级乙等"),
    HospitalGrade.GRADE_1A: message("一级"),
}
INSTITUTIONS: tuple[Choice, ...] = (
    *(Choice(f"grade-{code}", name) for code, name in _GRADES.items() if code in GRADES),
    Choice("class-1", message("一类价格机构（多为三甲）")),
    Choice("class-2", message("二类价格机构")),
    Choice("class-2-county", message("二类价格机构（县）")),
    Choice("class-3", message("三类价格机构")),
    Choice(InstitutionKind.COMMUNITY, message("社区、乡镇卫生院")),
    Choice(UNKNOWN_INSTITUTION, message("不知道")),
)


def institution_kind(code: str) -> dict[str, Any]:
    """The facts that a choice of ``INSTITUTIONS`` says; an unknown one is class 1."""
    if code == InstitutionKind.COMMUNITY:
        return {"community": True}
    if code.startswith("grade-"):
        return {"grade": code.removeprefix("grade-")}
    if code == UNKNOWN_INSTITUTION:
        return {"price_class": 1}
    number = code.removeprefix("class-")
    return {"price_class": int(number[0]), "county": number.endswith("county")}


def groups_of(values: Values) -> tuple[str, ...]:
    """The groups that a form says: one at most."""
    return (values["group"],) if values.get("group") else ()


def notes_of(steps: Sequence[Step]) -> list[Note]:
    """Decisions against the person, and what is paid later."""
    return [Note(step.label, step.why) for step in steps if step.shown and step.told]


def amount_lines(answer: VisitAnswer) -> tuple[Line, ...]:
    """The amounts of a visit as a tree; zeros hidden."""
    lines = []
    amounts = answer.amounts()
    for label, name, depth in AMOUNTS:
        amount = amounts[name]
        if amount or name in ALWAYS:
            lines.append(Line(label, amount, depth, NO_WORDS, depth == 0))
    return tuple(lines)


HOW = message("怎么算的")


def part_of(area: str, explanation: Explanation, title: Wording = HOW) -> Part:
    """The steps of an explanation that people are shown."""
    return Part(title, area, explanation.shown)
