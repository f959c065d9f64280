"""Somebody registered twice: one record goes on, the money of both is on it."""

from __future__ import annotations

from dataclasses import dataclass

from yibao.access.permissions import Role
from yibao.moving.applications import MERGER
from yibao.moving.merging import merger_of
from yibao.office import operations as office
from yibao.office.documents import add_document
from yibao.office.operations import Subject
from yibao.office.tables import office_case

from ...support.actors import oneself
from ...support.pictures import picture
from .world import World


@dataclass(slots=True)
class Pair:
    """Two records, and the case that joins them."""

    survivor: str
    merged: str
    case: str = ""
    is_one: bool = False


class Merging:
    """A clerk who opens, a reviewer who decides."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pairs: list[Pair] = []
        self.steps = [(2, self.register), (2, self.open), (5, self.advance)]

    def register(self) -> None:
        """By an identity card, and by a passport before."""
        world, number = self.world, self.world.new_number()
        pair = Pair(f"twin{number}", f"again{number}")
        for name, passport in ((pair.survivor, ""), (pair.merged, f"E{number:08d}")):
            balance = world.random.randrange(200_000)
            world.person(name, "employee", "working", balance=balance, passport=passport)
        self.pairs.append(pair)
        self._open(pair)

    def open(self) -> None:
        """Once more, of a pair that is one or is asked for already."""
        if self.pairs:
            self._open(self.world.pick(*self.pairs))

    def _open(self, pair: Pair) -> None:
        world = self.world
        data = world.database.read(lambda unit: merger_of(unit, pair.merged, world.day))
        answer = world.act(
            "open a merger",
            lambda who, key: office.open_case(
                world.database, key, MERGER, Subject(world.area, pair.survivor), data,
                actor=who, at=world.at,
            ),
            world.of(Role.CLERK),
            wrong=[oneself("nobody"), world.of(Role.CLERK, "310000")],
        )  # fmt: skip
        if answer is None:
            return
        other = Pair(pair.survivor, pair.merged, str(answer["case"]), pair.is_one)
        if pair.case:
            self.pairs.append(other)
        else:
            pair.case = other.case

    def _state(self, pair: Pair) -> str:
        return str(self.world.row(office_case, "case_id", pair.case).state)

    def advance(self) -> None:
        world, clerk = self.world, self.world.of(Role.CLERK)
        going = [(pair, self._state(pair)) for pair in self.pairs if pair.case]
        going = [(pair, state) for pair, state in going if state in ("filed", "accepted")]
        if not going:
            return
        pair, state = world.pick(*going)
        if state == "filed":
            add_document(
                world.database, world.key(clerk), pair.case, "identity_card", "a.jpg", picture(),
                actor=clerk, at=world.at,
            )  # fmt: skip
        name = "accept" if state == "filed" else world.pick(*["approve"] * 5, "withdraw")
        role = Role.REVIEWER if name == "approve" else Role.CLERK
        moved = world.act(
            f"merger: {name}",
            lambda who, key: office.move_case(
                world.database, world.packs, key, pair.case, name, actor=who, at=world.at
            ),
            world.of(role),
            wrong=world.others(role),
            once=True,
        )
        if moved is not None and name == "approve":
            balance = -world.books.expected[f"personal:{pair.merged}"]
            assert not pair.is_one, "two records were made one twice"
            assert moved["effect"]["amount"] == balance, (moved, balance)
            merged, survivor = f"personal:{pair.merged}", f"personal:{pair.survivor}"
            world.books.post((merged, balance), (survivor, -balance))
            for other in self.pairs:
                other.is_one = other.is_one or other.merged == pair.merged

    def check(self) -> None:
        """A closed record has no money."""
        for pair in self.pairs:
            if pair.is_one:
                assert not self.world.books.expected[f"personal:{pair.merged}"], pair
