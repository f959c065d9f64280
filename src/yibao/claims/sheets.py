"""The bill of a claim: its lines keyed in by a clerk, decided by a reviewer."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update

from yibao.access.chains import extend_any_chain
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor
from yibao.benefit.rules import day_rules
from yibao.benefit.visits import catalogue_area
from yibao.care.catalogue import items_on
from yibao.care.institutions import read_institution
from yibao.claims.forms import MANUAL_CLAIM, ClaimLine, LineDecision, ManualClaim
from yibao.claims.quoting import place_id
from yibao.claims.tables import claim_pick, claim_sheet
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.messages import Fen, message
from yibao.office.errors import MovedOnError
from yibao.office.history import moves_of
from yibao.office.kinds import kind_of
from yibao.office.locks import case_row, lock_case
from yibao.office.operations import amend_within
from yibao.office.rights import require_case, require_move
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Channel, ItemClass, ItemKind

MOST_LINES = 500
_LONGEST = 160
_ALL = 10_000


@dataclass(frozen=True, slots=True)
class ClaimSheet:
    """The bill of a claim as it stands."""

    lines: tuple[ClaimLine, ...]
    quote: Mapping[str, int]
    """Fen by name; empty before it was quoted."""
    visit_id: str | None

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def is_decided(self) -> bool:
        return all(line.decision is not LineDecision.OPEN for line in self.lines)


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """What a reviewer says of a line, by its place from 0."""

    place: int
    decision: LineDecision
    accepted: int = 0
    """Fen, where it is cut."""
    reason: str = ""


def sheet_of(unit: Unit, case_id: str) -> ClaimSheet:
    """A read fragment: the bill of a claim."""
    row = unit.run(select(claim_sheet).where(claim_sheet.c.case_id == case_id)).one()
    lines = tuple(msgspec.convert(line, ClaimLine) for line in row.lines)
    return ClaimSheet(lines, row.quote, row.visit_id)


def store_sheet(unit: Unit, case_id: str, **values: Any) -> None:
    """Write some columns of a bill."""
    unit.run(update(claim_sheet).where(claim_sheet.c.case_id == case_id).values(**values))


def put_lines(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    case_id: str,
    lines: Sequence[ClaimLine],
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Replace the lines of an accepted claim: ``lines``, ``total`` fen and what is ``missing``.

    A code that the catalogue knows on the first day gives class and share: the catalogue of home
    or of the care area, as the rules say of claims.  A name that the same institution printed
    before and nobody classed now is classed as it was then under the same catalogue.
    """
    _check_lines(lines)
    content = [msgspec.to_builtins(line) for line in lines]

    def work(unit: Unit, home: str, claim: ManualClaim) -> tuple[list[ClaimLine], Answer]:
        area = _whose_catalogue(unit, library, home, claim)
        mapped = _mapped(unit, claim, lines, area)
        total = sum(line.amount for line in mapped)
        _remember(unit, claim, mapped, area)
        return mapped, {"lines": len(mapped), "total": total, "missing": claim.total - total}

    return _change(database, key, case_id, "enter", content, work, actor, at or now())


def decide_lines(
    database: Database,
    key: Key,
    case_id: str,
    decisions: Sequence[DecidedLine],
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """A reviewer accepts, cuts or rejects lines of a quoted claim; how many are ``undecided``."""
    content = [[line.place, line.decision.value, line.accepted, line.reason] for line in decisions]

    def work(unit: Unit, _: str, __: ManualClaim) -> tuple[list[ClaimLine], Answer]:
        lines = list(sheet_of(unit, case_id).lines)
        for decided in decisions:
            lines[_place(decided, lines)] = _decided(lines[decided.place], decided)
        waiting = sum(line.decision is LineDecision.OPEN for line in lines)
        return lines, {"lines": len(lines), "undecided": waiting}

    return _change(database, key, case_id, "review", content, work, actor, at or now())


Work = Callable[[Unit, str, ManualClaim], tuple[list[ClaimLine], Answer]]
"""Of the person's area and the claim: the lines as they are to be, and the answer."""


def _change(
    database: Database,
    key: Key,
    case_id: str,
    move_name: str,
    content: Any,
    work: Work,
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    """Change the bill by whoever may make a move, while the case stands where it starts."""
    row = database.read(lambda unit: case_row(unit, case_id))
    require_case(actor, "move_case", row)
    kind = kind_of(row.kind)
    if kind.name != MANUAL_CLAIM:
        raise ConflictError(message("这件事没有费用明细"))
    move = kind.move(move_name)
    content_hash = database.secrets.lasting_hash(canonical([case_id, move_name, content]))
    people = [row.person_id]

    def operation(unit: Unit) -> Answer:
        case = lock_case(unit, case_id, people)
        duty = require_move(actor, kind, case, move, moves_of(unit, case_id))
        if case.state not in move.start:
            state = kind.state(case.state).label
            raise MovedOnError(message("这件事现在是“{state}”，明细不能改", state=state))
        lines, answer = work(unit, case.area, kind.read(case.data))
        store_sheet(unit, case_id, lines=[msgspec.to_builtins(line) for line in lines])
        amend_within(unit, case_id, None, actor=actor, at=at, role=duty.value)
        told = {"case": case_id, **answer}
        record_message(unit, key, content_hash, case.person_id, told)
        extend_any_chain(unit, case.chain, actor.id, "move_case", {"move": move_name, **told})
        return told

    return write_once(database, key, content_hash, operation, people=people)


# --- lines ---------------------------------------------------------------------------------------


def _check_lines(lines: Sequence[ClaimLine]) -> None:
    if not 1 <= len(lines) <= MOST_LINES:
        raise InputError(message("明细写 1 到 {most} 行", most=MOST_LINES), place="lines")
    for number, line in enumerate(lines, start=1):
        if not line.name.strip() or len(line.name) > _LONGEST or line.amount <= 0:
            raise InputError(
                message("第 {number} 行：要有名称，金额大于 0", number=number), place="lines"
            )
        if line.upfront is not None and not 0 <= line.upfront <= _ALL:
            raise InputError(
                message("第 {number} 行：先自付是 0% 到 100%", number=number), place="lines"
            )


def _whose_catalogue(unit: Unit, library: PolicyLibrary, home: str, claim: ManualClaim) -> str:
    """The area whose catalogue counts, as the rules say of claims with documents."""
    place = claim.place
    care_area = place.area
    if place.institution is not None:
        care_area = read_institution(unit, place.institution).versions[-1].facts.area
    rules = day_rules(library, home, claim.start, None)
    return catalogue_area(rules, home, care_area, Channel.MANUAL)


def _mapped(
    unit: Unit, claim: ManualClaim, lines: Sequence[ClaimLine], area: str
) -> list[ClaimLine]:
    listed = items_on(unit, [line.code for line in lines if line.code], claim.start, area)
    picks = _picks(unit, claim, [line.name for line in lines], area)
    mapped = []
    for line in lines:
        item = listed.get(line.code)
        plain = msgspec.structs.replace(
            line, decision=LineDecision.OPEN, accepted=0, reason="", name=line.name.strip()
        )
        if item is not None:
            plain = msgspec.structs.replace(
                plain,
                item_class=ItemClass(item.item_class),
                kind=ItemKind(item.kind),
                upfront=item.upfront,
            )
        elif not line.code and line.item_class == ItemClass.C and plain.name in picks:
            plain = msgspec.structs.replace(plain, **picks[plain.name])
        mapped.append(plain)
    return mapped


def _picks(
    unit: Unit, claim: ManualClaim, names: Sequence[str], area: str
) -> dict[str, dict[str, Any]]:
    """What the institution's printed names were taken for under the catalogue of an area."""
    query = select(claim_pick.c.printed, claim_pick.c.pick).where(
        claim_pick.c.place == place_id(claim.place),
        claim_pick.c.printed.in_({name.strip() for name in names}),
    )
    picks = {row.printed: dict(row.pick) for row in unit.run(query)}
    return {
        printed: {
            **pick,
            "item_class": ItemClass(pick["item_class"]),
            "kind": ItemKind(pick.get("kind", ItemKind.DRUG)),
        }
        for printed, pick in picks.items()
        if pick.pop("catalogue", area) == area
    }


def _remember(unit: Unit, claim: ManualClaim, lines: Sequence[ClaimLine], area: str) -> None:
    place = place_id(claim.place)
    for line in {line.name: line for line in lines if line.item_class != ItemClass.C}.values():
        mine = (claim_pick.c.place == place) & (claim_pick.c.printed == line.name)
        unit.run(delete(claim_pick).where(mine))
        pick = {
            "item_class": line.item_class.value,
            "kind": line.kind.value,
            "upfront": line.upfront,
            "code": line.code,
            "restricted": line.restricted,
            "catalogue": area,
        }
        unit.run(insert(claim_pick), {"place": place, "printed": line.name, "pick": pick})


def _place(decided: DecidedLine, lines: Sequence[ClaimLine]) -> int:
    if not 0 <= decided.place < len(lines):
        raise InputError(message("没有第 {number} 行", number=decided.place + 1), place="lines")
    return decided.place


def _decided(line: ClaimLine, decided: DecidedLine) -> ClaimLine:
    reason = decided.reason.strip()[:_LONGEST]
    is_whole = decided.decision in (LineDecision.ACCEPTED, LineDecision.OPEN)
    if not is_whole and not reason:
        raise InputError(
            message("“{name}”不全认，要写理由，本人看得到", name=line.name), place="lines"
        )
    if decided.decision is LineDecision.CUT and not 0 < decided.accepted < line.amount:
        raise InputError(
            message("“{name}”认多少，要在 0 和 {most} 之间", name=line.name, most=Fen(line.amount)),
            place="lines",
        )
    return msgspec.structs.replace(
        line,
        decision=decided.decision,
        accepted=decided.accepted if decided.decision is LineDecision.CUT else 0,
        reason="" if is_whole else reason,
    )
