"""Manual claims: filed, reviewed by distinct people, settled, paid, sent back, reversed."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from yibao.access.permissions import Actor, Role
from yibao.claims import operations as claims
from yibao.claims.forms import CarePlace, ClaimLine, LineDecision, ManualClaim, ThirdParty, Voucher
from yibao.claims.sheets import DecidedLine, sheet_of
from yibao.claims.tables import claim_recovery
from yibao.disbursement.payees import payee_of
from yibao.office import operations as office
from yibao.office import reading
from yibao.office.documents import add_document
from yibao.office.tables import office_case
from yibao.policy.kinds import ItemClass

from ...support.actors import oneself
from ...support.pictures import picture
from .world import World

PEOPLE = ("wife", "worker")


@dataclass(slots=True)
class Claim:
    """A claim as the plain books know it."""

    case: str
    person: str
    total: int
    fund: int = 0
    """What was settled and stands, fen."""


class Claims:
    """Two residents and whoever works on their claims."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.claims: list[Claim] = []
        self.identities: set[str] = set()
        for name in PEOPLE:
            world.person(name, "resident")
        self.steps = [(8, self.file), (36, self.advance), (3, self.reverse), (3, self.collect)]

    def state(self, claim: Claim) -> str:
        return str(self.world.row(office_case, "case_id", claim.case).state)

    def file(self) -> None:
        """A new receipt, or one that was claimed before."""
        world = self.world
        person = world.pick(*PEOPLE)
        total = world.random.randrange(200_000, 5_000_000)
        known = sorted(self.identities)
        number = world.pick(*known) if known and world.chance(0.3) else f"{world.new_number():08d}"
        end = world.day - datetime.timedelta(world.pick(1, 5, 40))
        liable = world.pick(None, None, None, 3_000, 6_667)
        form = ManualClaim(
            reason="fault_of_system",
            care="inpatient",
            place=CarePlace(name="市二院", institution="h1"),
            start=max(end - datetime.timedelta(world.pick(1, 8)), datetime.date(2026, 1, 1)),
            end=max(end, datetime.date(2026, 1, 1)),
            payee=payee_of("王秀兰", "工商银行", "6217000012345678"),
            vouchers=(Voucher(number=number, total=total, day=world.day),),
            third_party=ThirdParty.NONE if liable is None else ThirdParty.UNKNOWN,
            liable=liable,
        )
        answer = world.act(
            "file claim",
            lambda actor, key: claims.file_claim(
                world.database, key, person, form, actor=actor, at=world.at
            ),
            oneself(person),
            wrong=[oneself("nobody"), world.of(Role.CLERK, "310000")],
            once=True,
        )
        if answer is not None:
            standing = [claim for claim in self.claims if claim.case == answer["case"]]
            assert not standing
            self.claims.append(Claim(str(answer["case"]), person, total))
            self.identities.add(number)

    def advance(self) -> None:
        """The next step of one claim."""
        world = self.world
        open_claims = [claim for claim in self.claims if self.state(claim) in _NEXT]
        if open_claims:
            claim = world.pick(*open_claims)
            getattr(self, _NEXT[self.state(claim)])(claim)

    # --- steps -------------------------------------------------------------------------------

    def take_in(self, claim: Claim) -> None:
        world, me = self.world, oneself(claim.person)
        page = reading.read_case(world.database, me, claim.case, world.day)
        for paper in page.papers:
            if paper.required:
                world.act(
                    "hand in paper",
                    lambda actor, key, paper=paper: add_document(
                        world.database, key, claim.case, paper.kind, "a.jpg", picture(),
                        actor=actor, at=world.at,
                    ),
                    me,
                    wrong=[oneself("nobody"), world.of(Role.CASHIER)],
                )  # fmt: skip
        name = world.pick("accept", "accept", "accept", "accept", "withdraw")
        self._move(claim, name, me if name == "withdraw" else world.of(Role.CLERK))

    def enter(self, claim: Claim) -> None:
        world = self.world
        first = world.random.randrange(1, claim.total)
        lines = (
            ClaimLine(name="床位费", amount=first, item_class=ItemClass.A),
            ClaimLine(
                name="某药片", amount=claim.total - first, item_class=ItemClass.B, upfront=1_000
            ),
        )
        world.act(
            "put lines",
            lambda actor, key: claims.put_lines(
                world.database, world.packs, key, claim.case, lines, actor=actor, at=world.at
            ),
            world.of(Role.CLERK),
            wrong=world.others(Role.CLERK),
        )
        self._move(claim, "enter", world.of(Role.CLERK))

    def review(self, claim: Claim) -> None:
        world = self.world
        lines = world.database.read(lambda unit: sheet_of(unit, claim.case)).lines
        decisions = []
        for place, line in enumerate(lines):
            decision = world.pick(LineDecision.ACCEPTED, LineDecision.ACCEPTED, LineDecision.CUT)
            cut = line.amount // 2 if decision is LineDecision.CUT else 0
            decisions.append(DecidedLine(place, decision, cut, "超标准" if cut else ""))
        world.act(
            "decide lines",
            lambda actor, key: claims.decide_lines(
                world.database, key, claim.case, decisions, actor=actor, at=world.at
            ),
            world.of(Role.REVIEWER),
            wrong=world.others(Role.REVIEWER),
        )
        self._move(claim, "review", world.of(Role.REVIEWER))

    def approve(self, claim: Claim) -> None:
        """Settled to what the quote said: the fund owes it to the person."""
        world = self.world
        quote = world.database.read(lambda unit: sheet_of(unit, claim.case)).quote
        name = world.pick("approve", "approve", "approve", "approve", "send_back")
        reason = "再核" if name == "send_back" else ""
        moved = self._move(claim, name, world.of(Role.SECOND), reason=reason)
        if moved is not None and moved["state"] in ("settled", "closed"):
            claim.fund = int(quote["fund"])
            self._settled(claim, claim.fund)

    def _settled(self, claim: Claim, fund: int) -> None:
        books = self.world.books
        books.expected[f"claim:{claim.person}"] -= fund
        books.absorb(fund, f"fund:{self.world.area}:resident:")

    def resend(self, claim: Claim) -> None:
        world = self.world
        payee = payee_of("王秀兰", "建设银行", f"6227{world.new_number():012d}")
        world.act(
            "resend claim",
            lambda actor, key: claims.resend_payment(
                world.database, world.packs, key, claim.case, payee, actor=actor, at=world.at
            ),
            world.pick(oneself(claim.person), world.of(Role.CLERK)),
            wrong=[oneself("nobody"), *world.others(Role.CLERK)[:4]],
            once=True,
        )

    def reverse(self) -> None:
        """What was settled wrongly: unpaid it is not paid, paid it is owed back."""
        done = [claim for claim in self.claims if claim.fund and self.state(claim) in _REVERSIBLE]
        if done:
            claim = self.world.pick(*done)
            second = self.world.of(Role.SECOND)
            if self._move(claim, "reverse", second, reason="算错") is not None:
                self._settled(claim, -claim.fund)
                claim.fund = 0

    def collect(self) -> None:
        """A third party pays what the fund advanced for it."""
        world = self.world
        memos = [row for row in world.rows(claim_recovery.select()) if row.is_open]
        if not memos:
            return
        memo = world.pick(*sorted(memos, key=lambda row: row.case_id))
        amount = world.random.randrange(1, memo.amount + 2)
        answer = world.act(
            "collect from a third party",
            lambda actor, key: claims.collect_recovery(
                world.database, key, memo.case_id, amount, world.day, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
        )
        if answer is not None:
            assert amount <= memo.amount
            world.books.expected[f"bank:{world.area}"] += amount
            world.books.absorb(-amount, f"fund:{world.area}:resident:")

    def _move(self, claim: Claim, name: str, actor: Actor, reason: str = "") -> Any:
        world = self.world
        allowed = () if actor.role is Role.INSURED else (actor.role,)
        return world.act(
            f"claim: {name}",
            lambda who, key: office.move_case(
                world.database, world.packs, key, claim.case, name,
                actor=who, reason=reason, at=world.at,
            ),
            actor,
            wrong=world.others(*allowed) if allowed else [oneself("nobody")],
            once=True,
        )  # fmt: skip

    # --- what must hold ----------------------------------------------------------------------

    def check(self) -> None:
        """A receipt stands in one claim alone, and the sheet says what the books say."""
        for claim in self.claims:
            if self.state(claim) in ("settled", "sent", "paid", "returned"):
                sheet = self.world.database.read(lambda unit, c=claim: sheet_of(unit, c.case))
                assert sheet.quote["fund"] == claim.fund, (claim, sheet.quote)


_NEXT = {
    "filed": "take_in",
    "accepted": "enter",
    "quoted": "review",
    "reviewed": "approve",
    "returned": "resend",
}
_REVERSIBLE = ("settled", "returned", "paid")
