"""Supervision: leads, two inspectors, a decision, what is recovered, and care that is suspended."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from yibao.access.permissions import Actor, Role
from yibao.conduct import operations as conduct
from yibao.conduct.forms import ConductLead, ConductProposal, LeadSource
from yibao.conduct.recoveries import RepaymentWay
from yibao.conduct.sheets import sheet_of
from yibao.office import operations as office
from yibao.office.tables import office_case

from .world import HOSPITAL, World

DEPARTMENTS = ("A03", "B01")


@dataclass(slots=True)
class Inquiry:
    """A case as the plain books know it; fen."""

    case: str
    subject: str
    """A person, or the hospital."""
    obtained: int = 0
    left: int = 0
    """Still to be given back to the fund."""
    slips: tuple[tuple[str, str], ...] = ()
    """What was booked: the part and the slip."""
    department: str = ""
    """Of the hospital: what the decision suspends."""
    suspended: tuple[datetime.date, datetime.date] | None = None
    """Its first and last day, once it was served."""

    @property
    def debtor(self) -> str:
        return f"institution:{self.subject}" if self.subject == HOSPITAL else self.subject


class Conduct:
    """Two inspectors, legal review, a head, a cashier."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.inquiries: list[Inquiry] = []
        self.steps = [(3, self.lead), (16, self.advance), (1, self.lift)]

    def _state(self, inquiry: Inquiry) -> str:
        return str(self.world.row(office_case, "case_id", inquiry.case).state)

    def lead(self) -> None:
        world = self.world
        subject = world.pick("wife", "worker", "aunt", "sick", HOSPITAL, HOSPITAL)
        kind = "institution" if subject == HOSPITAL else "person"
        lead = ConductLead(
            source=LeadSource.REPORT.value, subject_kind=kind, subject_id=subject, text="借卡"
        )
        answer = world.act(
            "note a lead",
            lambda actor, key: conduct.note_lead(
                world.database, key, lead, actor=actor, at=world.at
            ),
            world.of(Role.CLERK),
            wrong=world.others()[-2:],
        )
        if answer is not None:
            self.inquiries.append(Inquiry(str(answer["case"]), subject))

    def advance(self) -> None:
        world = self.world
        going = [(inquiry, self._state(inquiry)) for inquiry in self.inquiries]
        going = [(inquiry, state) for inquiry, state in going if state in _NEXT]
        if not going:
            return
        inquiry, state = world.pick(*going)
        if state == "opened":
            self._propose(inquiry)
        if state == "executing":
            self._execute(inquiry)
            return
        move, actor = world.pick(*_NEXT[state])
        role, name = actor
        reason = "再查" if move in _WITH_REASON else ""
        moved = self._move(inquiry, move, world.of(role, name=name), reason)
        if moved is not None and move == "penalise":
            effect = moved["effect"]
            assert effect == {"returned": inquiry.obtained, "fine": 2 * inquiry.obtained}, effect
            inquiry.left = inquiry.obtained
            fund = f"fund:{world.area}:resident:pooled"
            world.books.post((f"recovery:{inquiry.debtor}", inquiry.left), (fund, -inquiry.left))
        if moved is not None and move == "serve" and inquiry.department:
            told = datetime.date.fromisoformat(moved["effect"]["suspended_to"])
            assert 180 <= (told - world.day).days <= 184, (world.day, told)  # six months
            inquiry.suspended = (world.day, told)

    def _propose(self, inquiry: Inquiry) -> None:
        world = self.world
        inquiry.obtained = world.random.randrange(1_000, 900_000)
        is_place = inquiry.subject == HOSPITAL
        inquiry.department = world.pick(*DEPARTMENTS) if is_place else ""
        proposal = ConductProposal(
            act="institution_fraud" if is_place else "person_fraud", obtained=inquiry.obtained,
            act_ended_on=max(world.day - datetime.timedelta(30), datetime.date(2026, 1, 1)),
            times=20_000, scheme="resident", facts="不是本人", factors="主动退回",
            department=inquiry.department, department_months=6 if is_place else None,
            months=None if is_place else 6, start=None if is_place else world.day,
        )  # fmt: skip
        answer = world.act(
            "propose",
            lambda actor, key: conduct.propose(
                world.database, key, inquiry.case, proposal, actor=actor, at=world.at
            ),
            world.of(Role.INSPECTOR, name="zhao"),
            wrong=world.others(Role.INSPECTOR),
        )
        assert answer is not None or self._state(inquiry) == "opened"

    def _execute(self, inquiry: Inquiry) -> None:
        """What comes in of it, or the end of the case once nothing is owed."""
        world = self.world
        part = world.pick("returned", "returned", "fine", "surcharge", "end")
        if part == "end":
            self._move(inquiry, "close_inquiry", world.of(Role.CASHIER), "")
            return
        if world.chance(0.15):
            self._in_parts(inquiry)
            return
        most = inquiry.left if part == "returned" else 2 * inquiry.obtained
        amount = world.pick(most, most // 2, most + 1) or 1
        way = world.pick(RepaymentWay.BANK, RepaymentWay.BANK, *RepaymentWay)
        slip = world.pick(*(slip for _, slip in inquiry.slips), *[f"slip-{world.new_number()}"] * 3)
        answer = world.act(
            "book a recovery",
            lambda actor, key: conduct.book_recovery(
                world.database, key, inquiry.case, conduct.RecoveryPart(part), amount, world.day,
                slip, actor=actor, way=way, library=world.packs, at=world.at,
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
            once=True,
        )  # fmt: skip
        if answer is not None:
            assert (part, slip) not in inquiry.slips, "a slip was booked twice"
            inquiry.slips += ((part, slip),)
            if part == "returned":
                inquiry.left -= amount
                assert inquiry.left >= 0, "more was given back than was owed"
                source = {
                    RepaymentWay.BANK: f"bank:{world.area}",
                    RepaymentWay.ACCOUNT: f"personal:{inquiry.subject}",
                    RepaymentWay.SET_OFF: f"claim:{inquiry.subject}",
                }[way]
                world.books.post((source, amount), (f"recovery:{inquiry.debtor}", -amount))
                assert way is RepaymentWay.BANK or world.books.expected[source] <= 0, source

    def _in_parts(self, inquiry: Inquiry) -> None:
        """Equal parts of what is left, the last with the rest, as the head allows."""
        world, count = self.world, self.world.pick(1, 2, 7)
        first = world.day + datetime.timedelta(world.pick(0, 10, -1))
        answer = world.act(
            "allow instalments",
            lambda actor, key: conduct.allow_instalments(
                world.database, key, inquiry.case, count, first, "家庭困难",
                actor=actor, at=world.at,
            ),
            world.of(Role.HEAD),
            wrong=world.others(Role.HEAD),
        )  # fmt: skip
        if answer is not None:
            assert first >= world.day
            assert answer["each"] == inquiry.left // count, (answer, inquiry)
            sheet = world.database.read(lambda unit: sheet_of(unit, inquiry.case))
            parts = [part.amount for part in sheet.document.instalments]
            assert sum(parts) == inquiry.left, (parts, inquiry)

    def lift(self) -> None:
        """A department works again from today on, by the head."""
        world = self.world
        suspended = [each for each in self.inquiries if each.suspended is not None]
        if not suspended:
            return
        inquiry = world.pick(*suspended)
        answer = world.act(
            "lift a suspension",
            lambda actor, key: conduct.lift_suspension(
                world.database, key, inquiry.case, world.day, "已经改正", actor=actor, at=world.at
            ),
            world.of(Role.HEAD),
            wrong=world.others(Role.HEAD),
            once=True,
        )
        assert inquiry.suspended is not None
        first, last = inquiry.suspended
        assert (answer is not None) == (last >= world.day), (answer, inquiry)
        if answer is not None:
            eve = world.day - datetime.timedelta(1)
            inquiry.suspended = (first, eve) if eve >= first else None

    def is_suspended(self, hospital: str, department: str) -> bool:
        """Whether the fund does not pay for a department's care today."""
        day = self.world.day
        return any(
            inquiry.suspended is not None
            and (inquiry.subject, inquiry.department) == (hospital, department)
            and inquiry.suspended[0] <= day <= inquiry.suspended[1]
            for inquiry in self.inquiries
        )

    def _move(self, inquiry: Inquiry, move: str, actor: Actor, reason: str) -> Any:
        world = self.world
        return world.act(
            f"conduct: {move}",
            lambda who, key: office.move_case(
                world.database, world.packs, key, inquiry.case, move,
                actor=who, reason=reason, at=world.at,
            ),
            actor,
            wrong=world.others(*_ALLOWED.get(move, (actor.role,))),
            once=True,
        )  # fmt: skip

    def owed(self, person: str) -> int:
        """What decisions still ask of somebody, fen."""
        return sum(inquiry.left for inquiry in self.inquiries if inquiry.subject == person)

    def check(self) -> None:
        """What a case says is left of it is what its sheet says."""
        for inquiry in self.inquiries:
            sheet = self.world.database.read(lambda unit, i=inquiry: sheet_of(unit, i.case))
            assert sheet.returned - sheet.returned_paid == inquiry.left, inquiry


_ZHAO, _QIAN = (Role.INSPECTOR, "zhao"), (Role.INSPECTOR, "qian")
_HEAD, _LEGAL, _CLERK = (Role.HEAD, ""), (Role.LEGAL, ""), (Role.CLERK, "")
_NEXT: dict[str, tuple[tuple[str, tuple[Role, str]], ...]] = {
    "lead": (("check", _ZHAO),),
    "checked": (("open_inquiry", _HEAD), ("open_inquiry", _HEAD), ("not_open", _HEAD)),
    "opened": (("inspect", _ZHAO),),
    "inspected": (("countersign", _QIAN), ("countersign", _QIAN), ("countersign", _ZHAO)),
    "investigated": (("review_legal", _LEGAL), ("review_legal", _LEGAL), ("send_back", _LEGAL)),
    "reviewed_legal": (("tell", _HEAD),),
    "told": (("penalise", _HEAD), ("penalise", _HEAD), ("back_to_inspection", _HEAD)),
    "decided": (("serve", _CLERK),),
    "executing": (),
}
_ALLOWED = {"not_open": (Role.INSPECTOR, Role.HEAD)}
_WITH_REASON = ("not_open", "send_back", "back_to_inspection")
