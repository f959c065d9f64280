"""A year's budget of an area's funds, by scheme, part and item: one enters it, a head approves it.

Each change is a new version of the whole, with its reason; the latest approved one holds, and a
closed month keeps the one that held when it was closed.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update

from yibao.access.chains import extend_chain, hold_chain
from yibao.access.errors import DeniedError
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.finance.carrying import fund_chain
from yibao.finance.figures import Cell
from yibao.finance.items import FundItem, FundPart, FundSide, side_of
from yibao.finance.months import month_days
from yibao.finance.states import VoucherState
from yibao.finance.tables import fund_budget
from yibao.messages import Ratio, Text, message, message_in
from yibao.money import BASIS, in_units_of
from yibao.policy.kinds import Scheme

LONGEST_REASON = 200
MOST_FEN = 10**15
Budgeted = dict[Cell, dict[str, int]]
"""Scheme and part → item → fen."""
BUDGETED_ITEMS = tuple(
    item for item in FundItem if item is not FundItem.OPENING and side_of(item) != FundSide.BETWEEN
)
"""What a year can be planned of: neither what was there before nor what only changes place."""
BUDGET_STATES: Mapping[str, Text] = {
    VoucherState.ENTERED: message("等着批准"),
    VoucherState.SIGNED: message_in("budget", "已批准"),
    VoucherState.DROPPED: message_in("budget", "没有批准"),
}


@dataclass(frozen=True, slots=True)
class BudgetVersion:
    """One version of a year's budget."""

    budget_id: str
    version: int
    lines: Budgeted
    reason: str
    state: str
    entered_by: str
    entered_at: datetime.datetime
    decided_by: str | None
    decided_at: datetime.datetime | None
    decision: str

    @property
    def state_label(self) -> Text:
        return BUDGET_STATES[self.state]

    @property
    def entered_on(self) -> datetime.date:
        return civil_day(self.entered_at)

    @property
    def decided_on(self) -> datetime.date | None:
        return None if self.decided_at is None else civil_day(self.decided_at)


@dataclass(frozen=True, slots=True)
class YearBudget:
    """The versions of a year, the latest first."""

    area: str
    year: int
    versions: tuple[BudgetVersion, ...]

    @property
    def holds(self) -> BudgetVersion | None:
        """The latest that was approved."""
        return next((each for each in self.versions if each.state == VoucherState.SIGNED), None)

    @property
    def waits(self) -> BudgetVersion | None:
        return next((each for each in self.versions if each.state == VoucherState.ENTERED), None)


def budget_share(amount: int, budget: int) -> Ratio:
    """What an amount is of a budget, rounded down: 100% is said once it is all used."""
    return Ratio(in_units_of(amount, BASIS, budget))


def check_line(scheme: str, part: str, item: str, amount: int) -> None:
    """``InputError`` for what no budget has a line of."""
    if scheme not in tuple(Scheme):
        raise InputError(message("请写是哪个险种的"), place="scheme")
    if part not in tuple(FundPart):
        raise InputError(message("请写是哪一部分：统筹、大额与大病、救助、个人账户"), place="part")
    if item not in BUDGETED_ITEMS:
        raise InputError(message("收支表里没有这个可以做预算的项目"), place="item")
    if not 0 <= amount <= MOST_FEN:
        raise InputError(message("预算的金额不能小于 0，也不能太大"), place="amount")


def enter_budget(
    database: Database,
    key: Key,
    area: str,
    year: int,
    lines: Budgeted,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Write a year's whole budget; it holds once a head has approved it.

    ``ConflictError`` while another version waits, or where nothing would change.
    """
    wanted = _checked(lines)
    if not wanted:
        raise InputError(message("预算里没有一个大于 0 的项目"), place="file")
    return _enter(database, key, area, year, wanted, None, reason, actor, at)


def change_budget_line(
    database: Database,
    key: Key,
    area: str,
    year: int,
    line: tuple[str, str, str, int],
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """A new version, which is the one that holds but for one line: scheme, part, item, fen.

    0 takes the line out.
    """
    check_line(*line)
    return _enter(database, key, area, year, None, line, reason, actor, at)


def _enter(
    database: Database,
    key: Key,
    area: str,
    year: int,
    lines: Budgeted | None,
    line: tuple[str, str, str, int] | None,
    reason: str,
    actor: Actor,
    at: datetime.datetime | None,
) -> Answer:
    require(actor, "enter_budget", area=area)
    _check_year(year)
    why = _reason(reason)
    instant = at or now()
    content = [area, year, None if lines is None else _written(lines), line, why]
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        hold_chain(unit, fund_chain(area))
        known = _year(unit, area, year)
        if known.waits is not None:
            raise ConflictError(
                message("{year} 年的预算第 {version} 版还等着批准，没有再写一版",
                        year=year, version=known.waits.version)
            )  # fmt: skip
        holds = known.holds
        before: Budgeted = {} if holds is None else holds.lines
        wanted = _with_line(before, *line) if line is not None else (lines or {})
        if wanted == before:
            raise ConflictError(message("和现在的预算一样，没有改"))
        budget_id = new_identifier()
        version = known.versions[0].version + 1 if known.versions else 1
        row = {
            "budget_id": budget_id,
            "chain": fund_chain(area),
            "area": area,
            "year": year,
            "version": version,
            "lines": _written(wanted),
            "reason": why,
            "state": VoucherState.ENTERED,
            "entered_by": actor.id,
            "entered_at": instant,
            "decision": "",
        }
        unit.run(insert(fund_budget), row)
        answer = {"budget": budget_id, "version": version, "state": VoucherState.ENTERED}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, fund_chain(area), actor.id, "enter_budget", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def approve_budget(
    database: Database,
    key: Key,
    budget_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Let a version hold that somebody else has entered; ``DeniedError`` for who entered it."""
    return _decide(database, key, budget_id, VoucherState.SIGNED, "", actor, at or now())


def drop_budget(
    database: Database,
    key: Key,
    budget_id: str,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Turn a version down that waits, with the reason."""
    state = VoucherState.DROPPED
    return _decide(database, key, budget_id, state, _reason(reason), actor, at or now())


def _decide(
    database: Database,
    key: Key,
    budget_id: str,
    state: VoucherState,
    decision: str,
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    this = fund_budget.c.budget_id == budget_id
    entered = database.read(
        lambda unit: unit.run(select(fund_budget.c.area).where(this)).one_or_none()
    )
    require(actor, "approve_budget", area=actor.area if entered is None else entered.area)
    if entered is None:
        raise NotFoundError(message("没有这一版预算 {budget}", budget=budget_id))
    content_hash = database.secrets.lasting_hash(canonical([budget_id, state, decision]))

    def operation(unit: Unit) -> Answer:
        hold_chain(unit, fund_chain(entered.area))
        row = unit.run(select(fund_budget).where(this).with_for_update()).one()
        if row.state != VoucherState.ENTERED:
            raise ConflictError(message("这一版预算已经决定了，没有再办一次"))
        if row.entered_by == actor.id:
            raise DeniedError(message("登记预算的人不能批准同一版，没有做任何改动"))
        values = {"state": state, "decided_by": actor.id, "decided_at": at, "decision": decision}
        unit.run(update(fund_budget).where(this).values(**values))
        answer = {"budget": budget_id, "version": row.version, "state": state}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, row.chain, actor.id, "approve_budget", answer)
        return answer

    return write_once(database, key, content_hash, operation)


# --- reading -------------------------------------------------------------------------------------


def read_budget(database: Database, area: str, year: int, *, actor: Actor) -> YearBudget:
    """The versions of a year's budget."""
    require(actor, "read_finance", area=area)
    _check_year(year)
    return database.read(lambda unit: _year(unit, area, year))


def _year(unit: Unit, area: str, year: int) -> YearBudget:
    query = select(fund_budget).where(fund_budget.c.area == area, fund_budget.c.year == year)
    rows = unit.run(query.order_by(fund_budget.c.version.desc())).all()
    return YearBudget(area, year, tuple(_version(row) for row in rows))


def _version(row: Any) -> BudgetVersion:
    return BudgetVersion(
        row.budget_id,
        row.version,
        budget_lines(row.lines),
        row.reason,
        row.state,
        row.entered_by,
        row.entered_at,
        row.decided_by,
        row.decided_at,
        row.decision,
    )


def budget_that_holds(
    unit: Unit, area: str, year: int, until: datetime.datetime | None = None
) -> Budgeted:
    """A read fragment: the lines of the budget that holds, or held at an instant."""
    approved = select(func.max(fund_budget.c.version)).where(
        fund_budget.c.area == area,
        fund_budget.c.year == year,
        fund_budget.c.state == VoucherState.SIGNED,
    )
    if until is not None:
        approved = approved.where(fund_budget.c.decided_at <= until)
    version = unit.run(approved).scalar_one()
    if version is None:
        return {}
    this = (fund_budget.c.area == area, fund_budget.c.year == year)
    lines = select(fund_budget.c.lines).where(*this, fund_budget.c.version == version)
    return budget_lines(unit.run(lines).scalar_one())


def budget_lines(content: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Budgeted:
    """As a row keeps them."""
    return {
        (scheme, part): dict(items)
        for scheme, parts in content.items()
        for part, items in parts.items()
    }


def _written(lines: Budgeted) -> dict[str, dict[str, dict[str, int]]]:
    content: dict[str, dict[str, dict[str, int]]] = {}
    for (scheme, part), items in sorted(lines.items()):
        content.setdefault(str(scheme), {})[str(part)] = {
            str(item): amount for item, amount in sorted(items.items())
        }
    return content


def _checked(lines: Budgeted) -> Budgeted:
    wanted: Budgeted = {}
    for (scheme, part), items in lines.items():
        for item, amount in items.items():
            check_line(scheme, part, item, amount)
            wanted = _with_line(wanted, scheme, part, item, amount)
    return wanted


def _with_line(lines: Budgeted, scheme: str, part: str, item: str, amount: int) -> Budgeted:
    changed = {cell: dict(items) for cell, items in lines.items()}
    of_cell = changed.setdefault((scheme, part), {})
    of_cell.pop(item, None)
    if amount:
        of_cell[item] = amount
    return {cell: items for cell, items in changed.items() if items}


def _check_year(year: int) -> None:
    try:
        month_days(year * 100 + 1)
    except InputError:
        raise InputError(message("年份写四位数，如 2026"), place="year") from None


def _reason(text: str) -> str:
    reason = text.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InputError(
            message("写明依据或原因，最多 {most} 个字", most=LONGEST_REASON), place="reason"
        )
    return reason
