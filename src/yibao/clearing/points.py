"""What the stays of a period come to by points or groups: drawn by one post, confirmed by another.

Of a month it goes into the sheets of the month's applications, of a year (yyyy00) into those of
the papers of the year, less what its months have had of it.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_chain
from yibao.access.errors import DeniedError
from yibao.access.names import STORE
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.clearing.groups import PayMethod
from yibao.clearing.states import PERIOD_WORDS, SETTLED, YEAR_END, PeriodState
from yibao.clearing.stays import INPATIENT, Deviation, GroupedStay, PricedStays, price_stays
from yibao.clearing.tables import clearing_application, clearing_period, clearing_stay
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.exchange.months import booked_entries, month_days
from yibao.ledger.operations import fund
from yibao.messages import message

_LAYER = "pooled"
_MOST_REASON = 200


@dataclass(frozen=True, slots=True)
class PointsPeriod:
    """An area's budget of a period, to be shared out over its stays."""

    area: str
    period: int
    """yyyymm, or yyyy00 for a year."""
    method: PayMethod
    budget: int
    """Fen."""
    low_below: int | None = None
    """Percent of the mean of a group; both limits or neither, with points alone."""
    high_above: int | None = None

    @property
    def deviation(self) -> Deviation | None:
        if self.low_below is None or self.high_above is None:
            return None
        return Deviation(self.low_below, self.high_above)


def points_chain(area: str) -> str:
    """The audit chain of an area's points."""
    return f"{STORE}points:{area}"


def preview_points(
    database: Database,
    asked: PointsPeriod,
    stays: Sequence[GroupedStay],
    *,
    actor: Actor,
) -> PricedStays:
    """What the stays would come to; nothing is written."""
    require(actor, "review_clearing", area=asked.area)
    _check(asked)
    return database.read(lambda unit: _priced(unit, asked, stays))


def draw_points(
    database: Database,
    key: Key,
    asked: PointsPeriod,
    stays: Sequence[GroupedStay],
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Draw up a period: ``period``, ``count``, ``value``.

    ``RefusedError`` before it is over; ``FaultyLinesError`` names every stay that does not
    belong to it; ``ConflictError`` where it was drawn up.
    """
    require(actor, "review_clearing", area=asked.area)
    _check(asked)
    instant = (at or now()).astimezone(datetime.UTC)
    last = month_days(asked.period if asked.period % 100 else asked.period + 12)[1]
    if civil_day(instant) <= last:
        raise RefusedError(message("这一期还没有过完"))
    content_hash = database.secrets.lasting_hash(
        canonical([asdict(asked), [asdict(stay) for stay in stays]])
    )
    period_id, chain = new_identifier(), points_chain(asked.area)

    def operation(unit: Unit) -> Answer:
        if _standing(unit, asked.area, asked.period, asked.method) is not None:
            raise _once_only()
        priced = _priced(unit, asked, stays)
        unit.run(
            insert(clearing_period),
            {
                **asdict(asked),
                "method": asked.method.value,
                "period_id": period_id,
                "chain": chain,
                "stands_as": "",
                "state": PeriodState.DRAWN.value,
                "value": priced.value,
                "count": len(priced.stays),
                "drawn_by": actor.id,
                "drawn_at": instant,
                "decided_by": None,
                "decided_at": None,
            },
        )
        unit.run(insert(clearing_stay), list(_rows(period_id, chain, priced)))
        answer = {"period": period_id, "count": len(priced.stays), "value": priced.value}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, chain, actor.id, "draw_points", answer)
        return answer

    try:
        return write_once(database, key, content_hash, operation)
    except IntegrityError:
        raise _once_only() from None


def confirm_points(
    database: Database,
    key: Key,
    period_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Another post confirms: from here on it counts in the sheets.

    ``DeniedError`` for whoever drew it up; ``RefusedError`` where one of its sheets is signed,
    or one of its stays was reversed since.
    """

    def decide(unit: Unit, row: Any) -> None:
        if row.drawn_by == actor.id:
            raise DeniedError(message("做分值的人不能复审同一期，没有做任何改动"))
        stays = unit.run(
            select(clearing_stay.c.entry_id, clearing_stay.c.institution_id).where(
                clearing_stay.c.period_id == period_id
            )
        ).all()
        _require_unsettled(unit, row, {stay.institution_id for stay in stays})
        standing = booked_entries(unit, [stay.entry_id for stay in stays])
        if any(stay.entry_id not in standing for stay in stays):
            raise RefusedError(message("有的结算已经撤销，请作废重做"))

    return _decide(
        database, key, period_id, "confirm_clearing", PeriodState.CONFIRMED, decide, "", actor, at
    )


def drop_points(
    database: Database,
    key: Key,
    period_id: str,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Give up a period that nobody has confirmed."""
    why = reason.strip()
    if not why or len(why) > _MOST_REASON:
        raise InputError(message("请写原因，不超过 200 个字"), place="reason")
    return _decide(
        database,
        key,
        period_id,
        "review_clearing",
        PeriodState.DROPPED,
        lambda unit, row: None,
        why,
        actor,
        at,
    )


def _decide(
    database: Database,
    key: Key,
    period_id: str,
    permission: str,
    state: PeriodState,
    check: Any,
    reason: str,
    actor: Actor,
    at: datetime.datetime | None,
) -> Answer:
    query = select(clearing_period).where(clearing_period.c.period_id == period_id)
    require(actor, permission, area=actor.area)
    known = database.read(lambda unit: unit.run(query).one_or_none())
    if known is None:
        raise NotFoundError(message("没有这一期分值 {id}", id=period_id))
    require(actor, permission, area=known.area)
    instant = (at or now()).astimezone(datetime.UTC)
    content_hash = database.secrets.lasting_hash(canonical([period_id, state.value, reason]))

    def operation(unit: Unit) -> Answer:
        row = unit.run(query.with_for_update()).one()
        if row.state != PeriodState.DRAWN:
            raise ConflictError(
                message("这一期现在是“{state}”，没有做任何改动", state=PERIOD_WORDS[row.state])
            )
        check(unit, row)
        values = {"state": state.value, "decided_by": actor.id, "decided_at": instant}
        if state is PeriodState.DROPPED:
            values["stands_as"] = period_id
        mine = clearing_period.c.period_id == period_id
        unit.run(update(clearing_period).where(mine).values(**values))
        answer = {"period": period_id, "state": state.value}
        record_message(unit, key, content_hash, key.sender, answer)
        told = {**answer, "reason": reason} if reason else answer
        extend_chain(unit, row.chain, actor.id, state.value, told)
        return answer

    return write_once(database, key, content_hash, operation)


def _check(asked: PointsPeriod) -> None:
    year, month = divmod(asked.period, 100)
    if not (1990 <= year <= 2199 and month <= 12):
        raise InputError(message("期间写作 yyyymm，全年写 yyyy00"), place="period")
    if asked.budget <= 0:
        raise InputError(message("预算要大于零"), place="budget")
    if (asked.low_below is None) != (asked.high_above is None):
        raise InputError(message("偏差的两个界限都写，或者都不写"), place="low_below")
    if asked.deviation is not None and asked.method is not PayMethod.DIP:
        raise InputError(message("偏差界限只用于病种分值"), place="low_below")


def _priced(unit: Unit, asked: PointsPeriod, stays: Sequence[GroupedStay]) -> PricedStays:
    return price_stays(
        unit, asked.area, asked.period, asked.method, asked.budget, asked.deviation, stays
    )


def _once_only() -> ConflictError:
    return ConflictError(message("这一期已经做过，要改请先作废，没有做任何改动"))


def _standing(unit: Unit, area: str, period: int, method: PayMethod) -> Any:
    column = clearing_period.c
    query = select(clearing_period).where(
        column.area == area,
        column.period == period,
        column.method == method.value,
        column.stands_as == "",
    )
    return unit.run(query).one_or_none()


def _rows(period_id: str, chain: str, priced: PricedStays) -> Iterator[dict[str, Any]]:
    for number, due in enumerate(priced.stays, 1):
        yield {
            "period_id": period_id,
            "number": number,
            "chain": chain,
            "entry_id": due.entry.entry_id,
            "institution_id": due.entry.institution_id,
            "scheme": due.entry.scheme,
            "home_area": due.entry.home_area,
            "group_code": due.stay.group,
            "points": due.stay.points,
            "mean": due.stay.mean,
            "coefficient": due.coefficient,
            "counted": due.counted,
            "total": due.entry.total,
            "fund": due.entry.fund,
            "due": due.due,
        }


def _require_unsettled(unit: Unit, row: Any, institutions: set[str]) -> None:
    column = clearing_application.c
    kind = INPATIENT if row.period % 100 else YEAR_END
    query = select(column.institution_id).where(
        column.institution_id.in_(sorted(institutions)),
        column.month == row.period,
        column.clear_type == kind,
        column.state.in_([int(state) for state in SETTLED]),
    )
    signed = unit.run(query.limit(1)).scalar_one_or_none()
    if signed is not None:
        raise RefusedError(message("机构 {id} 这一期的清算已经审签，不能再改分值", id=signed))


# --- what it changes in a sheet ------------------------------------------------------------------


def require_year_confirmed(unit: Unit, area: str, period: int, method: PayMethod) -> None:
    """``RefusedError`` while the points of a year are not confirmed."""
    row = _standing(unit, area, period, method)
    if row is None or row.state != PeriodState.CONFIRMED:
        raise RefusedError(
            message("{year} 年的分值还没有复审，年终清算要等它", year=str(period // 100))
        )


def adjusted_by_fund(unit: Unit, row: Any) -> dict[str, int]:
    """A read fragment: due less paid at settlement, by fund, for a month's or a year's sheet."""
    if row.clear_type == YEAR_END:
        whole = _differences(unit, row, row.month, row.month)
        whole.subtract(_differences(unit, row, row.month + 1, row.month + 12))
        return {name: amount for name, amount in sorted(whole.items()) if amount}
    if row.clear_type != INPATIENT:
        return {}
    return dict(sorted(_differences(unit, row, row.month, row.month).items()))


def _differences(unit: Unit, row: Any, first: int, last: int) -> Counter[str]:
    column, stays = clearing_period.c, clearing_stay.c
    conditions = [
        column.period.between(first, last),
        column.state == PeriodState.CONFIRMED.value,
        stays.institution_id == row.institution_id,
    ]
    if row.scheme:
        conditions.append(stays.scheme == row.scheme)
    if row.home_area:
        conditions.append(stays.home_area == row.home_area)
    query = (
        select(stays.home_area, stays.scheme, stays.due, stays.fund)
        .select_from(clearing_stay.join(clearing_period, column.period_id == stays.period_id))
        .where(*conditions)
    )
    differences: Counter[str] = Counter()
    for stay in unit.run(query):
        differences[fund(stay.home_area, stay.scheme, _LAYER)] += stay.due - stay.fund
    return differences
