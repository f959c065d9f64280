"""Goods that the agency pays to their makers, and what the two areas owe each other."""

from __future__ import annotations

from typing import Any

from yibao.access.permissions import Actor, Role, institution_actor
from yibao.clearing import operations as clearing
from yibao.clearing.between_states import BetweenMove, BetweenState
from yibao.clearing.goods_lines import GoodsLine
from yibao.clearing.goods_states import GoodsKind, GoodsMove, GoodsState
from yibao.clearing.tables import clearing_between, clearing_goods
from yibao.disbursement.payees import payee_of

from .clearing import Clearing
from .known import Declaration, Delivery
from .payments import Payments, Sent
from .world import AWAY, HOSPITAL, NEW, World


class Goods:
    """A maker for every list, the hospital or the counter who bring it, and who confirms it."""

    def __init__(self, world: World, hospital: Clearing) -> None:
        self.world, self.hospital = world, hospital
        self.steps = [(3, self.draft), (9, self.advance)]

    def draft(self) -> None:
        world, by_hospital = self.world, self.world.chance(0.5)
        amounts = [world.random.randrange(1, 90_000) for _ in range(world.pick(1, 2))]
        lines = [GoodsLine(f"X{at}", "某药", 3, fen, 3 * fen) for at, fen in enumerate(amounts)]
        known = self.hospital.deliveries
        is_again = bool(known) and world.chance(0.15)
        maker = world.pick(*known).maker if is_again else f"M{world.new_number()}"
        asked = clearing.DeliveryList(
            HOSPITAL, maker, "测试药业", "D-1", world.pick(*GoodsKind), world.day,
            payee_of("测试药业", "建设银行", "4200001234567890"),
        )  # fmt: skip
        own = institution_actor(HOSPITAL)
        answer = world.act(
            "hand in goods",
            lambda actor, key: clearing.draft_goods(
                world.database, key, asked, lines, actor=actor, at=world.at
            ),
            own if by_hospital else world.of(Role.CLERK),
            wrong=[institution_actor("h9"), *world.others(Role.CLERK)],
            once=True,
        )
        if answer is not None:
            standing = [each for each in known if each.maker == maker and not self._is_over(each)]
            assert not standing, "a list stands twice"
            assert answer["amount"] == 3 * sum(amounts)
            known.append(Delivery(answer["goods"], maker, answer["amount"], by_hospital))

    def _state(self, delivery: Delivery) -> GoodsState:
        row = self.world.row(clearing_goods, "goods_id", delivery.number)
        return GoodsState(row.state)

    def _is_over(self, delivery: Delivery) -> bool:
        return self._state(delivery) is GoodsState.DROPPED

    def advance(self) -> None:
        """The next step of one list, mostly the one that leads to the maker's account."""
        going = [(each, self._state(each)) for each in self.hospital.deliveries]
        going = [(each, state) for each, state in going if state in _GOING]
        if not going:
            return
        delivery, state = self.world.pick(*going)
        if state is GoodsState.APPROVED and self.world.chance(0.6):
            self._redirect(delivery)
        elif self.world.chance(0.15) or state is GoodsState.APPROVED:
            self._drop(delivery, state)
        elif state is GoodsState.DRAFTED:
            other = self.world.of(Role.CLERK)
            if not delivery.by_hospital:
                other = institution_actor(HOSPITAL)
            self._move(delivery, GoodsMove.CONFIRM, other, "企业确认书 7 号")
        else:
            second = self.world.of(Role.SECOND)
            if self._move(delivery, GoodsMove.APPROVE, second, "") is not None:
                self._book(delivery, 1)

    def _drop(self, delivery: Delivery, state: GoodsState) -> None:
        role = Role.SECOND if state is GoodsState.APPROVED else Role.CLERK
        if self._move(delivery, GoodsMove.DROP, self.world.of(role), "退货") is None:
            return
        if state is GoodsState.APPROVED:
            assert not delivery.is_set_off, "what was set off was dropped"
            self._book(delivery, -1)

    def _book(self, delivery: Delivery, sign: int) -> None:
        amount = sign * delivery.amount
        delivery.is_approved = sign > 0
        self.world.books.post((f"payable:{HOSPITAL}", amount), (f"maker:{delivery.maker}", -amount))

    def _move(self, delivery: Delivery, move: GoodsMove, actor: Actor, text: str) -> Any:
        world = self.world
        role = Role.CLERK if actor.role is Role.INSTITUTION else actor.role
        return world.act(
            move.value,
            lambda who, key: clearing.move_goods(
                world.database, key, delivery.number, move, actor=who, text=text, at=world.at
            ),
            actor,
            wrong=[institution_actor("h9"), *world.others(role)],
            once=True,
        )

    def _redirect(self, delivery: Delivery) -> None:
        world = self.world
        payee = payee_of("测试药业", "工商银行", f"6222{world.new_number():012d}")
        world.act(
            "pay goods to another account",
            lambda actor, key: clearing.redirect_goods(
                world.database, key, delivery.number, payee, actor=actor, at=world.at
            ),
            world.of(Role.CLERK),
            wrong=world.others(Role.CLERK),
            once=True,
        )

    def check(self) -> None:
        """A maker is owed what was approved and not paid, and nothing else."""
        for delivery in self.hospital.deliveries:
            owed = -self.world.books.expected[f"maker:{delivery.maker}"]
            state = self._state(delivery)
            assert owed == (delivery.amount if state is GoodsState.APPROVED else 0), delivery
            row = self.world.row(clearing_goods, "goods_id", delivery.number)
            assert (row.set_off_with is not None) == delivery.is_set_off, delivery


_GOING = (GoodsState.DRAFTED, GoodsState.CONFIRMED, GoodsState.APPROVED)


class Between:
    """Both areas, whose people are treated in the other one."""

    def __init__(self, world: World, hospital: Clearing, payments: Payments) -> None:
        self.world, self.hospital = world, hospital
        self.declared: list[Declaration] = []
        self.nets: dict[str, tuple[str, str]] = {}
        """Of a balance that is paid: the area that owes it, and the one that gets it."""
        payments.followers.append(self._follow)
        self.steps = [(8, self.treat), (4, self.declare), (10, self.advance), (5, self.net)]

    def _other(self, area: str) -> str:
        return self.world.area if area == NEW else NEW

    def treat(self) -> None:
        """Somebody of one area in the hospital of the other."""
        self.hospital.treat(*self.world.pick((HOSPITAL, "cousin"), (AWAY, "sick")))

    def declare(self) -> None:
        """A month in which something was paid for the other area, mostly; else any."""
        world = self.world
        care = world.pick(world.area, NEW)
        month = world.pick(world.last_month, max(world.last_month - 1, 202601))
        declared = {each.month for each in self.declared if each.stands and each.care == care}
        waiting = [
            each
            for (place, each), fen in sorted(self.hospital.across.items())
            if place == care and fen and each < world.month and each not in declared
        ]
        if waiting and world.chance(0.8):
            month = world.pick(*waiting)
        payee = payee_of("医保中心", "工商银行", "6217000012345671")
        answer = world.act(
            "declare to the other area",
            lambda actor, key: clearing.declare_between(
                world.database, key, self._other(care), month, payee, actor=actor, at=world.at
            ),
            world.of(Role.REVIEWER, care),
            wrong=[world.of(role, care) for role in (Role.CLERK, Role.SECOND, Role.CASHIER)],
            once=True,
        )
        if answer is None:
            return
        booked = self.hospital.across[care, month]
        standing = [each for each in self.declared if each.stands and each.care == care]
        months = {each.month for each in standing}
        assert month not in months, "a month was declared twice"
        corrected = 0
        if care == world.area:  # where sheets are signed
            corrected = sum(self.hospital.corrected[each] for each in months | {month})
            corrected -= sum(each.corrected for each in standing)
        assert answer["amount"] == booked + corrected, (answer, booked, corrected)
        self.declared.append(
            Declaration(answer["between"], care, month, answer["amount"], corrected)
        )

    def _state(self, declaration: Declaration) -> BetweenState:
        row = self.world.row(clearing_between, "between_id", declaration.number)
        return BetweenState(row.state)

    def advance(self) -> None:
        world = self.world
        going = [(each, self._state(each)) for each in self.declared]
        going = [(each, state) for each, state in going if state in _OPEN]
        if not going:
            return
        declaration, state = world.pick(*going)
        confirm, question, explain, drop = (
            BetweenMove.CONFIRM,
            BetweenMove.QUESTION,
            BetweenMove.EXPLAIN,
            BetweenMove.DROP,
        )
        if state is BetweenState.NETTED:
            self._redirect(declaration)
            return
        moves = [explain, explain, drop]
        if state is BetweenState.DECLARED:
            moves = [confirm, confirm, confirm, question, drop]
        move = world.pick(*moves)
        by_home = move in (confirm, question)
        area = self._other(declaration.care) if by_home else declaration.care
        role = Role.SECOND if by_home else Role.REVIEWER
        moved = world.act(
            move.value,
            lambda who, key: clearing.move_between(
                world.database, key, declaration.number, move,
                reason="病历已核对", actor=who, at=world.at,
            ),
            world.of(role, area),
            wrong=[world.of(role, self._other(area)), *world.others(role, area=area)],
            once=True,
        )  # fmt: skip
        if moved is None:
            return
        if move is drop:
            declaration.stands = False
        if move is confirm:
            owed = (f"area:{area}:due", declaration.amount)
            world.books.post(owed, (f"area:{declaration.care}:owed", -declaration.amount))

    def net(self) -> None:
        """What both have confirmed becomes one balance, which the area that owes it orders."""
        world = self.world
        own = world.pick(world.area, NEW)
        confirmed = [each for each in self.declared if self._state(each) is BetweenState.CONFIRMED]
        owed = sum(each.amount * (-1 if each.care == own else 1) for each in confirmed)
        answer = world.act(
            "net what the areas owe",
            lambda actor, key: clearing.net_between(
                world.database, key, self._other(own), actor=actor, at=world.at
            ),
            world.of(Role.CASHIER, own),
            wrong=[world.of(role, own) for role in (Role.CLERK, Role.SECOND, Role.HEAD)],
            once=True,
        )
        if answer is None:
            return
        assert confirmed
        assert answer["amount"] == owed >= 0
        lines = []
        for each in confirmed:
            each.net = answer["net"]
            lines += [(f"area:{self._other(each.care)}:due", -each.amount)]
            lines += [(f"area:{each.care}:owed", each.amount)]
        other = self._other(own)
        lines += [(f"area:{own}:due", owed), (f"area:{other}:owed", -owed)]
        world.books.post(*lines)
        self.nets[answer["net"]] = (own, other)

    def _follow(self, sent: Sent, moved: int) -> None:
        """The other area gets what was paid, or has it no longer."""
        if not sent.liability.startswith("area:"):
            return
        receiver = self._other(sent.area)
        amount = moved * sent.amount
        self.world.books.post((f"bank:{receiver}", amount), (f"area:{sent.area}:due", -amount))

    def _redirect(self, declaration: Declaration) -> None:
        world = self.world
        payee = payee_of("医保中心", "建设银行", f"6222{world.new_number():012d}")
        world.act(
            "pay a balance to another account",
            lambda actor, key: clearing.redirect_between(
                world.database, key, declaration.number, payee, actor=actor, at=world.at
            ),
            world.of(Role.REVIEWER, declaration.care),
            wrong=world.others(Role.REVIEWER, area=declaration.care),
            once=True,
        )

    def check(self) -> None:
        """What an area owes is what it confirmed and has not paid; the other is owed the same."""
        states = [(each, self._state(each)) for each in self.declared]
        for area in (self.world.area, NEW):
            other = self._other(area)
            confirmed = sum(
                each.amount
                for each, state in states
                if state is BetweenState.CONFIRMED and each.care == other
            )
            unpaid = {each.net for each, state in states if state is BetweenState.NETTED}
            netted = sum(
                each.amount * (1 if each.care == other else -1)
                for each, _ in states
                if each.net in unpaid and each.net and self.nets[each.net][0] == area
            )
            books = self.world.books.expected
            assert books[f"area:{area}:due"] == confirmed + netted, area
            assert books[f"area:{other}:owed"] == -confirmed - netted, area


_OPEN = (BetweenState.DECLARED, BetweenState.QUESTIONED, BetweenState.NETTED)
