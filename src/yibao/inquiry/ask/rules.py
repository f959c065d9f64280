"""The rules of an area on a day, as an answer says them: one figure with its rule and sources."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yibao.benefit.rules import DayRules, day_rules
from yibao.errors import RefusedError
from yibao.inquiry.ask.reply import FigureSaid, SourceSaid
from yibao.inquiry.citations import cited_source
from yibao.messages import CHINESE, Days, Fen, Message, Months, Ratio, Wording, Years, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import to_date
from yibao.policy.declarations import Declaration
from yibao.policy.keys import COUNTED, FIXED, KEYS, TableKey
from yibao.policy.kinds import ValueStatus
from yibao.policy.layout import REST, table_key
from yibao.policy.parameters import DECLARATIONS, DECLARED, MISSING, NONE

_PLACE = re.compile(r"\{(?P<how>since:)?(?P<name>[a-z_.]+)(?:@(?P<members>[\w.$=]+))?\}")
_UNITS = {
    "percent": ("percent", Ratio),
    "yuan": ("fen", Fen),
    "months": ("months", Months),
    "days": ("days", Days),
    "years": ("years", Years),
}


_PARTS = {"quarter": 4, "month": 12}
"""Periods of a ceiling that is not a year's, and how many a year has."""


def _by_quarter(of_year: Fen, of_part: Fen) -> Message:
    return message("{of_year}（每季 {of_part}）", of_year=of_year, of_part=of_part)


def _by_month(of_year: Fen, of_part: Fen) -> Message:
    return message("{of_year}（每月 {of_part}）", of_year=of_year, of_part=of_part)


_OF_PART = {4: _by_quarter, 12: _by_month}
_AGE_LINES = {"age": "person.age_line", "credit_age": "personal_account.age_line"}
"""Keys with one member below an age and one from it on, and the rule that says the age."""
_FROM, _BAND = "from", "band"
_MONTHLY, _YEAR = "month_ceiling", "year"
_RETIRED_CREDIT = "personal_account.retired_amount"
_CREDIT_PERIOD = "personal_account.retired_period"


class GapError(Exception):
    """A rule of which no source gives the figure that a statement needs."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


@dataclass(eq=False)
class RulesSaid:
    """What statements look figures up in; remembers which rules they rested on."""

    packs: PolicyLibrary
    area: str
    day: datetime.date
    language: str = CHINESE
    age: int | None = None
    """The age that a question states, where terms go by it."""
    used: dict[str, SourceSaid] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)
    """Names of rules that rest on an assumption, by parameter."""
    disputed: dict[str, None] = field(default_factory=dict)
    """Disputes that the figures rest on, in the order in which they were looked up."""
    _rules: DayRules | None = None

    @property
    def rules(self) -> DayRules:
        """The segment of the day."""
        if self._rules is None:
            self._rules = day_rules(self.packs, self.area, self.day, None)
        return self._rules

    def tier_of(self, grade: str) -> str | None:
        """The class of an institution of a grade; None where the area does not say."""
        cell = self._cell("institution.grade_class", (grade,))
        position = self.rules.segment.rules[cell]
        return None if position < 0 else str(KEYS["price_class"].members[position])

    def has(self, name: str, members: Sequence[str] = ()) -> bool:
        """Whether some source, or a default that stands, gives a figure."""
        try:
            cell = self._cell(name, members)
        except GapError:
            return False
        return bool(self.rules.segment.cells[cell]) and self.rules.segment.rules[cell] != MISSING

    def knows(self, name: str) -> bool:
        """Whether a source gives any figure of a rule, for whomever."""
        if name not in DECLARATIONS:
            return False
        segment = self.rules.segment
        return any(
            segment.cells[cell] and segment.rules[cell] != MISSING
            for cell in self.rules.rulebook.layout.cells(DECLARATIONS[name])
        )

    def figure(self, name: str, members: Sequence[str] = ()) -> FigureSaid:
        """A figure of a rule; ``GapError`` where no source gives it."""
        cell = self._cell(name, members)
        number = self.rules.segment.rules[cell]
        citation = self.rules.citation(cell)
        if number == MISSING or not self.rules.segment.cells[cell]:
            raise GapError(name)
        self._cite(name, cell)
        unit = DECLARATIONS[name].table.unit
        if number == NONE:
            return FigureSaid("", 0, message("不设上限"))
        if unit == "points":
            points = message("{points} 个百分点", points=abs(number) // 100)
            return FigureSaid("", number, points)
        parts = self._parts_of_year(name, members)
        if parts > 1:
            of_year = _OF_PART[parts](Fen(number * parts), Fen(number))
            return FigureSaid("fen", number * parts, of_year)
        if unit in _UNITS:
            kind, quantity = _UNITS[unit]
            shown: Wording = quantity(number)
            if name == _RETIRED_CREDIT:
                by_year = self._choice(_CREDIT_PERIOD) == _YEAR
                shown = (
                    message("一年 {amount}", amount=shown)
                    if by_year
                    else message("每月 {amount}", amount=shown)
                )
            if self._is_of_month(name, members):
                shown = message("每月 {amount}", amount=shown)
            return FigureSaid(kind, number, self._with_others(name, members, number, shown))
        if unit == "date":
            return FigureSaid("date", number, _Named(to_date(number).isoformat()))
        if unit == "count":
            return FigureSaid("count", number, _Named(str(number)))
        return FigureSaid("", number, _Named(citation.value))

    def _with_others(
        self, name: str, members: Sequence[str], number: int, shown: Wording
    ) -> Wording:
        """A figure with what holds from an age on, or for the dearer parts of a bill.

        Where a question does not say the age, one figure alone would be that of other people.
        """
        declaration = DECLARATIONS[name]
        quantity = _UNITS[declaration.table.unit][1]
        rules = self.rules.segment.rules
        for key, line in _AGE_LINES.items():
            if not self._goes_by(declaration, key) or self.age is not None:
                continue
            later = rules[self._cell(name, members, {key: _FROM})]
            age = self._number(line)
            if later not in (number, MISSING, NONE) and age:
                return message(
                    "{below}（满 {age} 岁 {later}）", below=shown, age=age, later=quantity(later)
                )
        if _BAND in declaration.keys and not any(text.startswith(_BAND) for text in members):
            chosen = self._chosen(name, members)
            for key in _AGE_LINES:
                if not self._goes_by(declaration, key):
                    continue
                chosen.setdefault(key, (self.rules.rulebook.layout.slots[table_key(key)][0],))
            cells = self.rules.rulebook.layout.cells(declaration, chosen)
            bands = [rules[cell] for cell in cells if rules[cell] not in (MISSING, NONE)]
            if max(bands, default=number) > number:
                return message(
                    "{first}（按费用分段，往上到 {most}）", first=shown, most=quantity(max(bands))
                )
        return shown

    def _goes_by(self, declaration: Declaration, key: str) -> bool:
        """Whether the rule has a figure from an age on in this area."""
        slots = self.rules.rulebook.layout.slots
        return key in declaration.keys and _FROM in slots[table_key(key)]

    def _number(self, name: str) -> int:
        """The number of a rule without members; 0 where there is none."""
        number = self.rules.segment.rules[self._cell(name, ())]
        return 0 if number in (MISSING, NONE) else int(number)

    def _is_of_month(self, name: str, members: Sequence[str]) -> bool:
        """Whether the limit of a chronic disease is a month's, not a year's."""
        if not name.endswith(".chronic.disease_ceiling"):
            return False
        return self._choice(name.replace("disease_ceiling", "disease_terms"), members) == _MONTHLY

    def _choice(self, name: str, members: Sequence[str] = ()) -> str:
        """What a rule chooses; empty where no source says."""
        cell = self._cell(name, members)
        return self.rules.citation(cell).value if self.rules.segment.cells[cell] else ""

    def _parts_of_year(self, name: str, members: Sequence[str]) -> int:
        """How often a year has the ceiling: 4 of one by the quarter, 1 of others."""
        if not name.endswith(".outpatient.annual_ceiling"):
            return 1
        cell = self._cell(name.replace("annual_ceiling", "ceiling_period"), members)
        if not self.rules.segment.cells[cell]:
            return 1
        return _PARTS.get(self.rules.citation(cell).value, 1)

    def since(self, name: str, members: Sequence[str] = ()) -> datetime.date:
        """The first day of the value in force."""
        cell = self._cell(name, members)
        if not self.rules.segment.cells[cell]:
            raise GapError(name)
        self._cite(name, cell)
        return to_date(self.rules.citation(cell).first_day)

    def cite(self, name: str) -> bool:
        """Name a rule as one that an answer rests on; False where the area has none."""
        if name not in DECLARATIONS:
            return False
        layout, segment = self.rules.rulebook.layout, self.rules.segment
        for cell in layout.cells(DECLARATIONS[name]):
            if segment.cells[cell]:
                self._cite(name, cell)
                return True
        return False

    def _cite(self, name: str, cell: int) -> None:
        if name in self.used:
            return
        citation = self.rules.citation(cell)
        ids = citation.sources or (citation.gap,) if citation.gap else citation.sources
        source = cited_source(self.packs, ids[0]) if ids else None
        self.used[name] = SourceSaid(
            id=ids[0] if ids else name,
            title=(source.title if source else "") or citation.name,
            date=to_date(citation.first_day).isoformat(),
            grade=citation.grade,
            parameter=name,
            url=f"/policy/parameter/{name}?area={self.area}",
            unverified=False,
        )
        self.disputed.update(dict.fromkeys(citation.disputes))
        if citation.status == ValueStatus.ASSUMED:
            self.assumed[name] = self._named(name) or citation.name

    def _named(self, name: str) -> str:
        """A rule as the packs of the area or of a higher one call it."""
        packs, code = self.packs, self.area
        chain: str | None = code
        while chain is not None:
            entry = (
                packs.tree.packs[chain].parameters.get(name) if chain in packs.tree.packs else None
            )
            if entry is not None:
                return entry.name.text(self.language)
            chain = packs.area(chain).parent
        return ""

    def _cell(
        self, name: str, members: Sequence[str], more: Mapping[str, str] | None = None
    ) -> int:
        """The first cell at the members named; ``more``: members of keys by their name."""
        chosen = self._chosen(name, members)
        for key, member in (more or {}).items():
            chosen[key] = (member,)
        declaration = DECLARATIONS[name]
        for key, line in _AGE_LINES.items():
            if self.age is None or not self._goes_by(declaration, key) or key in chosen:
                continue
            from_line = self._number(line)
            if from_line and self.age >= from_line:
                chosen[key] = (_FROM,)
        return self.rules.rulebook.layout.cells(declaration, chosen)[0]

    def _chosen(self, name: str, members: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The slots of the keys that members name; ``GapError`` for one that no key has."""
        declaration = DECLARATIONS[name]
        layout = self.rules.rulebook.layout
        left = list(members)
        chosen: dict[str, tuple[str, ...]] = {}
        for key in declaration.keys:
            slots = layout.slots[table_key(key)]
            named = next((text for text in left if text.startswith(f"{key}=")), None)
            if named or (left and _is_member(DECLARED.keys[key], slots, left[0])):
                member = named.partition("=")[2] if named else left[0]
                left.remove(named or member)
                if DECLARED.keys[key].kind == COUNTED:
                    chosen[key] = (str(min(int(member), len(slots))),)
                else:
                    chosen[key] = (member if member in slots else REST,)
        if left:
            raise GapError(name)
        return chosen

    # --- statements ---

    def said(self, statement: str, facts: Mapping[str, str]) -> tuple[str, tuple[FigureSaid, ...]]:
        """A statement with its figures, and the figures in their order."""
        figures: list[FigureSaid] = []

        def shown(match: re.Match[str]) -> str:
            members = [
                facts.get(member[1:], member) if member.startswith("$") else member
                for member in (match["members"] or "").split(".")
                if member
            ]
            name = match["name"]
            if "." not in name:
                return facts[name]
            if match["how"] == "since:":
                day = self.since(name, members)
                figures.append(FigureSaid("date", 0, _Named(day.isoformat())))
                return day.isoformat()
            figure = self.figure(name, members)
            figures.append(figure)
            return figure.words.text(self.language)

        return _PLACE.sub(shown, statement), tuple(figures)


@dataclass(frozen=True, slots=True)
class _Named:
    """A name that is the same in every language."""

    name: str

    def text(self, language: str = CHINESE) -> str:
        """The name."""
        return self.name


def _is_member(key: TableKey, slots: Sequence[str], member: str) -> bool:
    if key.kind == FIXED:
        return member in key.members
    return member.isdecimal() if key.kind == COUNTED else member in slots


def rules_or_none(
    packs: PolicyLibrary, area: str, day: datetime.date, language: str
) -> RulesSaid | None:
    """The rules of an area; None where it has no pack."""
    rules = RulesSaid(packs, area, day, language)
    try:
        rules.rules  # noqa: B018
    except RefusedError:
        return None
    return rules
