"""An area's catalogue by file: seen before, confirmed by another post, in use from its day."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role, institution_actor
from yibao.care.catalogue import items_on
from yibao.employers.errors import FaultyLinesError
from yibao.errors import ConflictError, RefusedError
from yibao.prices import operations as prices
from yibao.prices.catalogue_files import read_catalogue
from yibao.prices.changes import catalogue_changes, read_change
from yibao.prices.states import CatalogueState, ItemChange

from .conftest import AT, HOSPITAL, Priced

START = datetime.date(2027, 1, 1)
_ROWS = ("X1,某片,甲,药品,,0.90", "X2,某胶囊,甲,药品,,", "N1,新药,乙,药品,15,")


def _versions(*rows: str, start: datetime.date = START) -> list[dict[str, Any]]:
    return read_catalogue("\n".join(["编码,名称,类别,种类,先行自付,限价", *rows]).encode(), start)


def _draw(priced: Priced, *rows: str, whole: bool = False, **more: Any) -> str:
    asked: dict[str, Any] = {"actor": priced.of(Role.REVIEWER), "at": AT, **more}
    start = asked.pop("start", START)
    versions = _versions(*rows, start=start)
    answer = prices.draw_catalogue(
        priced.database, priced.key(), versions, start, whole=whole, **asked
    )
    return str(answer["change"])


def _confirm(priced: Priced, change: str, **more: Any) -> Any:
    asked: dict[str, Any] = {"actor": priced.of(Role.SECOND), "at": AT, **more}
    return prices.confirm_catalogue(priced.database, priced.key(), change, **asked)


def _classes(priced: Priced, day: datetime.date, area: str = "") -> dict[str, str]:
    items = priced.database.read(
        lambda unit: items_on(unit, ["X1", "X2", "S1", "N1"], day, area or priced.area)
    )
    return {code: item.item_class for code, item in sorted(items.items())}


def test_a_whole_catalogue_is_seen_confirmed_and_in_use_from_its_day(priced: Priced) -> None:
    before = priced.events()
    seen = prices.preview_catalogue(
        priced.database,
        _versions(*_ROWS),
        START,
        whole=True,
        actor=priced.of(Role.REVIEWER),
        at=AT,
    )
    assert {item.after["code"]: item.what for item in seen} == {
        "N1": ItemChange.ADDED,
        "X1": ItemChange.LIMIT,
        "X2": ItemChange.CLASS,
        "S1": ItemChange.REMOVED,
    }
    assert priced.events() == before
    change = _draw(priced, *_ROWS, whole=True)
    assert _classes(priced, START) == {"S1": "B", "X1": "A", "X2": "B"}, "nobody has confirmed it"
    _confirm(priced, change)
    assert _classes(priced, START) == {"N1": "B", "X1": "A", "X2": "A"}
    eve = START - datetime.timedelta(days=1)
    assert _classes(priced, eve) == {"S1": "B", "X1": "A", "X2": "B"}
    assert _classes(priced, START, "990000") == {"S1": "B", "X1": "A", "X2": "B"}
    known, items = read_change(priced.database, priced.of(Role.HEAD), change)
    assert (known.state, known.count, len(items)) == (CatalogueState.CONFIRMED, 4, 4)
    with pytest.raises(RefusedError, match="没有不同"):
        _draw(priced, *_ROWS, whole=True)
    priced.check()


def test_what_changed_since_a_past_day_and_faulty_lines_are_refused(priced: Priced) -> None:
    first, second = _draw(priced, "X2,某胶囊,甲,药品,,"), _draw(priced, "X2,某胶囊,乙,药品,20,")
    _confirm(priced, first)
    with pytest.raises(ConflictError, match="又变了"):
        _confirm(priced, second)
    with pytest.raises(RefusedError, match="已过"):
        _draw(priced, "X2,某胶囊,乙,药品,30,", start=datetime.date(2026, 11, 30))
    late = _draw(priced, "X1,某片,乙,药品,5,")
    after = datetime.datetime(2027, 1, 2, 2, tzinfo=datetime.UTC)
    with pytest.raises(RefusedError, match="已过"):
        _confirm(priced, late, at=after)
    with pytest.raises(FaultyLinesError) as refused:
        _versions("X1,,甲,药品,,", "X1,某片,丁,药品,,", "X1,某片,甲,书,,", "X1,某片,甲,药品,10,")
    said = {fault.line: str(fault.said) for fault in refused.value.faults}
    assert set(said) == {2, 3, 4, 5}
    assert "只写在乙类" in said[5]
    with pytest.raises(FaultyLinesError, match="与第 2 行重复"):
        _versions("X1,某片,甲,药品,,", "X1,某片,乙,药品,,")
    priced.check()


def test_wrong_posts_of_a_catalogue_and_two_at_once(
    priced: Priced, together: Callable[..., list[Any]]
) -> None:
    before = priced.events()
    posts = (Role.CLERK, Role.SECOND, Role.HEAD, Role.CASHIER, Role.LEGAL)
    for actor in (*map(priced.of, posts), institution_actor(HOSPITAL)):
        with pytest.raises(DeniedError):
            _draw(priced, *_ROWS, actor=actor)
    assert priced.events() == before
    change = _draw(priced, *_ROWS)
    before = priced.events()
    others = [priced.of(role) for role in (Role.REVIEWER, Role.CLERK, Role.HEAD)]
    others += [
        priced.of(Role.SECOND, area="990000"),
        priced.of(Role.SECOND, Role.REVIEWER.value),
    ]
    for actor in others:
        with pytest.raises(DeniedError):
            _confirm(priced, change, actor=actor)
    assert catalogue_changes(priced.database, priced.of(Role.SECOND, area="990000")) == []
    assert priced.events() == before
    answers = together([lambda: _confirm(priced, change), lambda: _confirm(priced, change)])
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
    given_up = _draw(priced, "X1,某片,乙,药品,5,", start=datetime.date(2027, 2, 1))
    prices.drop_catalogue(
        priced.database, priced.key(), given_up, actor=priced.of(Role.REVIEWER), at=AT
    )
    with pytest.raises(ConflictError, match="已作废"):
        _confirm(priced, given_up)
    priced.check()
