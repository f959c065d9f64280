"""The ``steps`` of a scenario file, each checked against all that comes before it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from yibao.benefit.facts import Enrolment, Filing, Grant, Institution, Used
from yibao.benefit.terms import MOST_FEN
from yibao.messages import Fen, message
from yibao.policy.document import Mapping, Node
from yibao.policy.kinds import Status
from yibao.scenario.model import (
    AskStep,
    ContributeStep,
    CreditStep,
    NamePlace,
    ReverseStep,
    RevokeStep,
    Step,
    TransferStep,
    VisitStep,
)
from yibao.scenario.read_people import People, paid_period
from yibao.scenario.read_visit import VISIT_KEYS, read_draw, read_visit
from yibao.scenario.values import (
    count,
    day,
    known,
    month,
    months_from,
    one_of,
    optional_amount,
    year,
)

_ASK_KEYS = {
    "waiting": ("on",),
    "contribution": ("year", "month", "months", "base", "on"),
    "entitlement": ("on",),
    "accumulators": ("year",),
    "balance": ("on",),
    "ceiling": ("on",),
}


def _carried(used: Used | None) -> int:
    """Fen that ``used`` brings into the person's sums."""
    if used is None:
        return 0
    return (
        used.outpatient_deductible
        + used.outpatient_pooled
        + used.inpatient_pooled
        + sum(used.chronic_pooled.values())
        + used.upper
        + used.assistance
        + used.eligible_own
        + used.outpatient_eligible
    )


def _months(mapping: Mapping) -> int:
    node = mapping.get("months")
    return 1 if node is None else count(node, 1, 12)


class StepReader:
    """Reads steps one after the other and keeps what later ones may refer to."""

    def __init__(
        self,
        people: People,
        institutions: dict[str, Institution],
        grants: Sequence[Grant],
        filings: Sequence[Filing],
        today: datetime.date | None,
        diseases: list[NamePlace],
    ) -> None:
        self._people = people
        self._institutions = institutions
        self._pairs = {(grant.grantor, grant.grantee) for grant in grants}
        self._filings = filings
        self._today = today
        self._diseases = diseases
        self._visits: set[str] = set()
        self._reversed: set[str] = set()
        self._sums = {person: _carried(people.used.get(person)) for person in people.persons}
        self._paid: dict[tuple[str, str], set[int]] = {}
        self._bases: set[tuple[str, int]] = set()
        self._credited: set[tuple[str, int]] = set()
        for person in people.persons.values():
            self._paid[person.id, "year"] = {
                payment.year for payment in person.contributions_resident or ()
            }
            self._paid[person.id, "month"] = {
                payment.month for payment in person.contributions_employee or ()
            }
            self._bases.update(
                (person.id, payment.month)
                for payment in person.contributions_employee or ()
                if payment.base is not None
            )
        self._readers: dict[str, Callable[[Mapping, Node], Step]] = {
            "visit": self._visit,
            "reverse": self._reverse,
            "contribute": self._contribute,
            "credit": self._credit,
            "revoke": self._revoke,
            "transfer": self._transfer,
            "ask": self._ask,
        }

    def read(self, node: Node) -> Step:
        """The step at ``node``."""
        mapping = node.mapping()
        kind = one_of(mapping, tuple(self._readers), VISIT_KEYS)
        if kind != "visit":
            mapping.only((kind,))
        return self._readers[kind](mapping, mapping.require(kind))

    def _person(self, node: Node) -> str:
        return known(node, self._people.persons, message("人员"))

    def _visit(self, step: Mapping, _: Node) -> VisitStep:
        visit = read_visit(
            step,
            self._visits,
            self._people.persons,
            self._institutions,
            self._filings,
            self._diseases,
        )
        self._visits.add(visit.id)
        self._sums[visit.person] += sum(item.amount for item in visit.items)
        if self._sums[visit.person] > MOST_FEN:
            raise step.entries[one_of(step, ("items", "total"))].fault(
                message(
                    "{person} 的费用与 used 合计太大，最多 {most}",
                    person=visit.person,
                    most=Fen(MOST_FEN),
                )
            )
        return VisitStep(step.line, visit)

    def _reverse(self, step: Mapping, node: Node) -> ReverseStep:
        visit = known(node, self._visits, message("就诊（撤销只能写在它之后）"))
        if visit in self._reversed:
            raise node.fault(message("就诊 {visit} 已经撤销过", visit=repr(visit)))
        self._reversed.add(visit)
        return ReverseStep(step.line, visit)

    def _contribute(self, step: Mapping, node: Node) -> ContributeStep:
        mapping = node.mapping()
        person = self._person(mapping.require("person"))
        key = one_of(mapping, ("year", "month"), ("person", "base", "months", "paid_on", "draw"))
        month_keys = ("base", "months") if key == "month" else ()
        mapping.only(("person", key, *month_keys, "paid_on", "draw"))
        enrolments = self._people.persons[person].enrolments
        schemes = {enrolment.scheme for enrolment in enrolments}
        paid = self._paid[person, key]
        number = paid_period(mapping, key, schemes, paid)
        base = mapping.require("base").yuan() if key == "month" else None
        paid_on = day(mapping.require("paid_on"))
        draw = read_draw(mapping.get("draw"), person, self._people.persons)
        paid.add(number)
        months = _months(mapping)
        if key == "month":
            for paid_month in months_from(number, months):
                if paid_month != number and paid_month in paid:
                    raise mapping.require("months").fault(
                        message(
                            "{year}-{month} 重复缴费",
                            year=paid_month // 100,
                            month=format(paid_month % 100, "02d"),
                        )
                    )
                paid.add(paid_month)
                self._bases.add((person, paid_month))
        return ContributeStep(
            line=step.line,
            person=person,
            year=number if key == "year" else None,
            month=number if key == "month" else None,
            base=base,
            paid_on=paid_on,
            draw=draw,
            months=months,
        )

    def _credit(self, step: Mapping, node: Node) -> CreditStep:
        mapping = node.mapping()
        mapping.only(("person", "month", "pension"))
        person = self._person(mapping.require("person"))
        month_node = mapping.require("month")
        credited = month(month_node)
        if (person, credited) in self._credited:
            raise month_node.fault(
                message(
                    "{person} 的 {month} 已经划入过，一个月只划一次",
                    person=person,
                    month=month_node.text(),
                )
            )
        self._credited.add((person, credited))
        pension = mapping.get("pension")
        enrolment: Enrolment | None = self._people.persons[person].enrolment_in_month(credited)
        if enrolment is not None and enrolment.status == Status.WORKING:
            if (person, credited) not in self._bases:
                raise month_node.fault(
                    message(
                        "在职职工 {person} 的 {month} 划入要按当月缴费基数（base）计算，请"
                        "在 contributions 或此前的 contribute 里写上",
                        person=person,
                        month=month_node.text(),
                    )
                )
            if pension is not None:
                raise pension.fault(message("pension 只用于退休人员，请删去"))
        return CreditStep(step.line, person, credited, optional_amount(mapping, "pension"))

    def _revoke(self, step: Mapping, node: Node) -> RevokeStep:
        mapping = node.mapping()
        mapping.only(("grantor", "grantee", "on"))
        grantor = self._person(mapping.require("grantor"))
        grantee_node = mapping.require("grantee")
        grantee = self._person(grantee_node)
        if (grantor, grantee) not in self._pairs:
            raise grantee_node.fault(
                message(
                    "grants 里没有 {grantor} 给 {grantee} 的授权，无从解除",
                    grantor=grantor,
                    grantee=grantee,
                )
            )
        return RevokeStep(step.line, grantor, grantee, day(mapping.require("on")))

    def _transfer(self, step: Mapping, node: Node) -> TransferStep:
        mapping = node.mapping()
        mapping.only(("from", "to", "amount", "on"))
        source = self._person(mapping.require("from"))
        target_node = mapping.require("to")
        target = self._person(target_node)
        if source == target:
            raise target_node.fault(message("不能转给本人"))
        return TransferStep(
            step.line,
            source,
            target,
            mapping.require("amount").yuan(),
            day(mapping.require("on")),
        )

    def _ask(self, step: Mapping, node: Node) -> AskStep:
        mapping = node.mapping()
        question = one_of(mapping, tuple(_ASK_KEYS), _ASK_KEYS["contribution"])
        mapping.only((question, *_ASK_KEYS[question]))
        person = self._person(mapping.require(question))
        asked_month = base = None
        if question == "accumulators":
            return AskStep(step.line, question, person, None, self._asked_year(mapping))
        on_node = mapping.get("on")
        on = self._today if on_node is None else day(on_node)
        if on is None:
            raise mapping.fault(message("缺少 on：问题没有写日期，文件也没有写 today"))
        asked_year = None
        if question == "contribution":
            if one_of(mapping, ("year", "month")) == "year":
                asked_year = year(mapping.require("year"))
                for key in ("base", "months"):
                    if key in mapping.entries:
                        raise mapping.require(key).fault(
                            message("{key} 只与 month 一起写", key=key)
                        )
            else:
                asked_month = month(mapping.require("month"))
                base = optional_amount(mapping, "base")
        return AskStep(
            step.line, question, person, on, asked_year, asked_month, base, _months(mapping)
        )

    def _asked_year(self, mapping: Mapping) -> int:
        """The year of an accumulators question; the year of ``today`` where it names none."""
        node = mapping.get("year")
        if node is not None:
            return year(node)
        if self._today is None:
            raise mapping.fault(message("缺少 year：问题没有写年度，文件也没有写 today"))
        return self._today.year
