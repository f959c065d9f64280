"""The ``people`` of a scenario file: who is insured since when, and what was paid."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from itertools import pairwise

from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    GroupMembership,
    Person,
    ResidentContribution,
    Used,
)
from yibao.messages import message
from yibao.policy.document import Mapping, Node
from yibao.policy.kinds import Scheme
from yibao.scenario.model import NamePlace
from yibao.scenario.read_facts import (
    KnownNames,
    plain_keys,
    read_described,
    read_plain,
    require_fact,
)
from yibao.scenario.values import (
    month,
    new_id,
    one_of,
    optional_amount,
    year,
)

OWN = "own"
"""Stands for the person's own account in ``draw``, so nobody may be called that."""

_USED_KEYS = plain_keys(Used, "year", "chronic_pooled")


@dataclass(slots=True)
class People:
    """What ``people`` says, while it is read."""

    area: str
    """Home area of those who name none."""
    persons: dict[str, Person] = field(default_factory=dict)
    used: dict[str, Used] = field(default_factory=dict)
    account: dict[str, int] = field(default_factory=dict)
    groups: list[NamePlace] = field(default_factory=list)
    diseases: list[NamePlace] = field(default_factory=list)

    def read(self, node: Node) -> None:
        """Add the person written at ``node``."""
        mapping = node.mapping()
        mapping.only(
            ("id", "sex", "birth", "groups", "enrolments", "contributions", "account", "used")
        )
        id_node = mapping.require("id")
        person_id = new_id(id_node, self.persons, message("人员"))
        if person_id == OWN:
            raise id_node.fault(message("own 在 draw 里指本人账户，不能作人员编号"))
        sex, birth = (require_fact(mapping, Person, fact, {}) for fact in ("sex", "birth"))
        groups = mapping.get("groups")
        enrolments = self._enrolments(mapping.require("enrolments"))
        schemes = {enrolment.scheme for enrolment in enrolments}
        resident, employee = _contributions(mapping.get("contributions"), schemes)
        self.persons[person_id] = Person(
            id=person_id,
            sex=sex,
            birth=birth,
            area=self.area,
            groups=tuple(self._group(entry) for entry in groups.sequence()) if groups else (),
            enrolments=enrolments,
            contributions_resident=resident,
            contributions_employee=employee,
        )
        self.account[person_id] = optional_amount(mapping, "account") or 0
        used = mapping.get("used")
        if used is not None:
            self.used[person_id] = self._used(used.mapping())

    def _group(self, node: Node) -> GroupMembership:
        names = KnownNames(places={"group": self.groups})
        return GroupMembership(**read_described(node.mapping(), GroupMembership, names))

    def _enrolments(self, node: Node) -> tuple[Enrolment, ...]:
        """By first day; a later one may not begin before the one before it has ended."""
        written = [(self._enrolment(entry), entry) for entry in node.sequence()]
        if not written:
            raise node.fault(message("enrolments 至少要写一段参保"))
        written.sort(key=lambda pair: pair[0].start)
        for (earlier, _), (later, entry) in pairwise(written):
            if earlier.holds_on(later.start):
                until = earlier.end or message("今（没有写 to）")
                place = entry.mapping().require("from")
                raise place.fault(
                    message(
                        "从 {later_start} 起的参保与 {earlier_start} 至 {until} 的参保重叠"
                        "，请给前一段写 to 或改日期",
                        later_start=later.start,
                        earlier_start=earlier.start,
                        until=until,
                    )
                )
        return tuple(enrolment for enrolment, _ in written)

    def _enrolment(self, node: Node) -> Enrolment:
        area = {"area": self.area}
        return Enrolment(**read_described(node.mapping(), Enrolment, defaults=area))

    def _used(self, mapping: Mapping) -> Used:
        mapping.only(_USED_KEYS)
        return Used(
            year=year(mapping.require("year")),
            chronic_pooled=self._chronic_pooled(mapping.get("chronic_pooled")),
            **read_plain(mapping, Used, {}),
        )

    def _chronic_pooled(self, node: Node | None) -> dict[str, int]:
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            return {"": node.yuan()}
        pooled = {}
        for disease, value in node.items():
            if not disease:
                raise value.fault(message("病种名称不能为空"))
            self.diseases.append(NamePlace(disease, node.file, node.lines[disease], value.path))
            pooled[disease] = value.yuan()
        return pooled


def _contributions(
    node: Node | None, schemes: set[Scheme]
) -> tuple[tuple[ResidentContribution, ...] | None, tuple[EmployeeContribution, ...] | None]:
    """Resident years and employee months; None for a scheme that has none listed."""
    resident: dict[int, ResidentContribution] = {}
    employee: dict[int, EmployeeContribution] = {}
    for entry in node.sequence() if node else ():
        mapping = entry.mapping()
        if one_of(mapping, ("year", "month"), ("base", "paid_on")) == "year":
            of_year = ResidentContribution(**read_described(mapping, ResidentContribution))
            resident[paid_period(mapping, "year", schemes, resident)] = of_year
        else:
            of_month = EmployeeContribution(
                **read_described(
                    mapping, EmployeeContribution, defaults={"base": None, "paid_on": None}
                )
            )
            employee[paid_period(mapping, "month", schemes, employee)] = of_month
    return (
        tuple(resident[key] for key in sorted(resident)) or None,
        tuple(employee[key] for key in sorted(employee)) or None,
    )


def paid_period(mapping: Mapping, key: str, schemes: set[Scheme], paid: Container[int]) -> int:
    """The year or month that is paid: of a scheme the person has been in, and once only."""
    node = mapping.require(key)
    number = year(node) if key == "year" else month(node)
    scheme, scheme_name = Scheme.EMPLOYEE, message("职工")
    if key == "year":
        scheme, scheme_name = Scheme.RESIDENT, message("居民")
    if scheme not in schemes:
        raise node.fault(
            message(
                "这个人从未参加{name}医保（{scheme}），不能有它的缴费",
                name=scheme_name,
                scheme=scheme,
            )
        )
    if number in paid:
        raise node.fault(message("{text} 已经缴过，同一期不能缴两次", text=node.text()))
    return number
