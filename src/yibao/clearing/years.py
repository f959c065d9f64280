"""The end of a year: what was retained comes back by the score, once, through the same posts."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_chain
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.care.institutions import area_of_institution
from yibao.clearing.agreements import agreement_of, latest_agreement
from yibao.clearing.applications import AppliedFor, by_fund
from yibao.clearing.moves import note_move
from yibao.clearing.points import require_year_confirmed
from yibao.clearing.states import SETTLED, YEAR_END, ClearingMove, ClearingState, year_label
from yibao.clearing.sums import RetainedReturn, retained_return, shared_out
from yibao.clearing.tables import clearing_application
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.exchange.months import booked_month
from yibao.messages import Listed, message

_FIRST_YEAR, _LAST_YEAR = 1999, 2199
_NOTHING = (
    *("count", "total", "eligible", "fund", "account", "cash"),
    *("deducted", "given_back", "retained", "advanced", "carried_in", "paid", "carried"),
)


def period_of(year: int) -> int:
    """How the paper of a whole year stands among those of months: yyyy00."""
    return year * 100


def draw_up_year(
    database: Database,
    key: Key,
    institution_id: str,
    year: int,
    score: int,
    *,
    decided: int | None = None,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Draw up a year's return: ``application``, ``returned``, ``withheld`` fen.

    ``score`` in tenths of a point; ``decided``: fen, where the agreement leaves the sum to
    somebody.  ``RefusedError`` before the year is over, while a month of it is open, or where
    no return was agreed; ``ConflictError`` where the year was drawn up.
    """
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise InputError(message("{year} 不是年份", year=str(year)), place="year")
    instant = (at or now()).astimezone(datetime.UTC)
    last = datetime.date(year, 12, 31)
    require(actor, "review_clearing", area=actor.area)
    area = database.read(lambda unit: area_of_institution(unit, institution_id, last))
    require(actor, "review_clearing", area=area)
    if civil_day(instant) <= last:
        raise RefusedError(message("{year} 年还没有过完", year=str(year)))
    content_hash = database.secrets.lasting_hash(
        canonical([institution_id, year, score, decided, YEAR_END])
    )
    application_id = new_identifier()

    def operation(unit: Unit) -> Answer:
        agreement = latest_agreement(unit, institution_id, last)
        row = {
            **dict.fromkeys(_NOTHING, 0),
            "application_id": application_id,
            "institution_id": institution_id,
            "month": period_of(year),
            "clear_type": YEAR_END,
            "scheme": "",
            "home_area": "",
            "stands_as": "",
            "area": area,
            "state": int(ClearingState.IN_REVIEW),
            "moves": 1,
            "agreement": agreement.revision,
            "due_on": None,
            "way": "",
            "applied_at": instant,
            "score": score,
            "decided": decided,
        }
        if any(_standing(unit, institution_id, period_of(year))):
            raise _once_only(year)
        _require_finished(unit, institution_id, year)
        if agreement.method is not None:
            require_year_confirmed(unit, area, period_of(year), agreement.method)
        unit.run(insert(clearing_application), row)
        whole = unit.run(
            select(clearing_application).where(
                clearing_application.c.application_id == application_id
            )
        ).one()
        result = returned_of(unit, whole)
        if not result.returned + result.withheld and agreement.method is None:
            raise RefusedError(message("{year} 年没有留存，不用返还", year=str(year)))
        note_move(
            unit,
            application_id,
            institution_id,
            1,
            ClearingMove.DRAW_UP,
            ClearingState.IN_REVIEW,
            "review_clearing",
            actor,
            "",
            instant,
        )
        answer = {
            "application": application_id,
            "returned": result.returned,
            "withheld": result.withheld,
        }
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(
            unit,
            f"{INSTITUTION}{institution_id}",
            actor.id,
            "draw_up_year",
            {**answer, "year": year, "score": score},
        )
        return answer

    try:
        return write_once(database, key, content_hash, operation)
    except IntegrityError:
        raise _once_only(year) from None


def _once_only(year: int) -> ConflictError:
    return ConflictError(message("{year} 年已经做过年终清算，没有做任何改动", year=str(year)))


def _require_finished(unit: Unit, institution_id: str, year: int) -> None:
    """``RefusedError`` while a month of the year is not applied for, or not settled."""
    standing = list(_months(unit, institution_id, year))
    unsettled = sorted({row.month for row in standing if row.state not in SETTLED})
    if unsettled:
        months = Listed([str(month) for month in unsettled])
        raise RefusedError(message("{months} 的清算还没有审签，年终清算要等它们", months=months))
    applied = {(row.month, row.clear_type) for row in standing}
    missing = [
        str(month)
        for month in range(year * 100 + 1, year * 100 + 13)
        if any(
            (month, group.clear_type) not in applied
            for group in booked_month(unit, institution_id, month)
        )
    ]
    if missing:
        raise RefusedError(
            message("{months} 有结算还没有申报，年终清算要等它们", months=Listed(missing))
        )


def _months(unit: Unit, institution_id: str, year: int) -> Iterable[Any]:
    return _standing(unit, institution_id, period_of(year) + 1, period_of(year) + 12)


def _standing(
    unit: Unit, institution_id: str, first: int, last: int | None = None
) -> Iterable[Any]:
    column = clearing_application.c
    query = select(clearing_application).where(
        column.institution_id == institution_id,
        column.month.between(first, first if last is None else last),
        column.stands_as == "",
    )
    return unit.run(query.order_by(column.application_id))


def returned_of(unit: Unit, row: Any) -> RetainedReturn:
    """A read fragment: what of a year's retained sums comes back, by the agreement and the score.

    ``RefusedError`` where the agreement says nothing of it.
    """
    rule = agreement_of(unit, row).return_rule
    retained = sum(month.retained for month in _months(unit, *_year(row)))
    if not retained:
        return RetainedReturn(0, 0)
    if rule is None:
        raise RefusedError(
            message(
                "机构 {id} 的协议没有约定年终怎么返还，不能做{year}",
                id=row.institution_id,
                year=year_label(row.month // 100),
            )
        )
    return retained_return(retained, row.score, rule, decided=row.decided)


def _year(row: Any) -> tuple[str, int]:
    return row.institution_id, row.month // 100


def retained_by_fund(unit: Unit, row: Any) -> Mapping[str, int]:
    """Out of which fund each part of a year's retained sums came, in fen."""
    parts: Counter[str] = Counter()
    for month in _months(unit, *_year(row)):
        asked = AppliedFor(
            month.institution_id, month.month, month.clear_type, month.scheme, month.home_area
        )
        parts.update(dict(by_fund(unit, asked, month.retained)))
    return dict(sorted(parts.items()))


def withheld_by_fund(unit: Unit, row: Any, withheld: int) -> list[tuple[str, int]]:
    """What is not returned goes to the funds that paid it, exactly."""
    if not withheld:
        return []
    came_from = retained_by_fund(unit, row)
    return list(zip(came_from, shared_out(withheld, list(came_from.values())), strict=True))
