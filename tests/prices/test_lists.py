"""An institution's price list: seen before, every faulty line named, above a limit confirmed."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role, institution_actor
from yibao.employers.errors import FaultyLinesError
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.inquiry.price_files import price_text
from yibao.prices import operations as prices
from yibao.prices.files import PriceLine, read_prices
from yibao.prices.fragments import ListedPrices
from yibao.prices.reading import count_waiting, lists_of, price_page, read_list
from yibao.prices.states import ListState, PriceChange

from .conftest import AT, HOSPITAL, Priced

OWN = institution_actor(HOSPITAL)
TODAY = AT.date()


def _lines(*rows: str) -> list[PriceLine]:
    head = "院内编码,国家编码,名称,单价,起始日"
    return read_prices("\n".join([head, *rows]).encode())


def _hand_in(priced: Priced, *rows: str, **more: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"actor": OWN, "at": AT, **more}
    key = asked.pop("key", None) or priced.key()
    return prices.hand_in_prices(priced.database, key, HOSPITAL, _lines(*rows), **asked)


def _decide(priced: Priced, list_id: str, state: ListState, reason: str = "", **more: Any) -> Any:
    asked: dict[str, Any] = {"actor": priced.of(Role.REVIEWER), "at": AT, **more}
    return prices.decide_prices(priced.database, priced.key(), list_id, state, reason, **asked)


def _price(priced: Priced, code: str, own: str | None, day: str) -> int | None:
    listed = ListedPrices.read(priced.database, [(HOSPITAL, code)])
    return listed.price_on(HOSPITAL, code, own, datetime.date.fromisoformat(day))


def test_a_list_holds_from_its_day_and_above_the_limit_once_confirmed(priced: Priced) -> None:
    rows = ("Y1,X1,某片,0.95,2026-12-01", "Y2,S1,某检查,230,2026-12-01", "Y9,Z9,别的,5,2026-12-01")
    before = priced.events()
    seen = prices.preview_prices(priced.database, HOSPITAL, _lines(*rows), actor=OWN, at=AT)
    assert [(line.change, line.is_above, line.is_in_catalogue) for line in seen] == [
        (PriceChange.NEW, False, True),
        (PriceChange.NEW, True, True),
        (PriceChange.NEW, False, False),
    ]
    assert priced.events() == before
    key = priced.key()
    handed = _hand_in(priced, *rows, key=key)
    assert (handed["number"], handed["count"], handed["above"]) == (1, 3, 1)
    assert _hand_in(priced, *rows, key=key) == handed
    assert _price(priced, "X1", "Y1", "2026-12-01") == 95 * 10_000
    assert _price(priced, "X1", "Y1", "2026-11-30") is None
    assert _price(priced, "S1", "Y2", "2026-12-05") is None, "above the limit"
    assert count_waiting(priced.database, priced.of(Role.REVIEWER)) == 1
    _decide(priced, handed["list"], ListState.CONFIRMED)
    assert _price(priced, "S1", None, "2026-12-05") == 23_000 * 10_000
    # The next price has a day of its own, and the one before holds until then.
    later = "Y1,X1,某片,0.905,2026-12-20"
    (changed,) = prices.preview_prices(priced.database, HOSPITAL, _lines(later), actor=OWN, at=AT)
    assert (changed.change, changed.before) == (PriceChange.LOWERED, 95 * 10_000)
    assert _hand_in(priced, later)["number"] == 2
    assert _price(priced, "X1", "Y1", "2026-12-19") == 95 * 10_000
    assert _price(priced, "X1", "Y1", "2026-12-20") == 905_000
    page = price_page(priced.database, OWN, HOSPITAL, today=TODAY)
    assert [(line.own_code, price_text(line.price)) for line in page.prices] == [
        ("Y1", "0.95"),
        ("Y1", "0.905"),
        ("Y2", "230.00"),
        ("Y9", "5.00"),
    ]
    assert [known.number for known in page.lists] == [2, 1]
    searched = price_page(priced.database, OWN, HOSPITAL, today=TODAY, text="检查")
    assert (searched.count, searched.prices[0].code) == (1, "S1")
    priced.check()


def test_what_is_not_agreed_to_does_not_hold_and_the_rest_does(priced: Priced) -> None:
    handed = _hand_in(priced, "Y1,X1,某片,1.20,2026-12-01", "Y2,X2,某胶囊,9,2026-12-01")
    with pytest.raises(InputError, match="理由"):
        _decide(priced, handed["list"], ListState.REFUSED)
    _decide(priced, handed["list"], ListState.REFUSED, "没有依据")
    assert _price(priced, "X1", "Y1", "2026-12-01") is None
    assert _price(priced, "X2", "Y2", "2026-12-01") == 900 * 10_000
    known, lines = read_list(priced.database, OWN, handed["list"])
    assert (known.state, known.reason, lines[0].is_above) == (ListState.REFUSED, "没有依据", True)
    with pytest.raises(ConflictError, match="没有同意"):
        _decide(priced, handed["list"], ListState.CONFIRMED)
    priced.check()


def test_faulty_lines_are_named_and_nothing_is_written(priced: Priced) -> None:
    _hand_in(priced, "Y1,X1,某片,0.95,2026-12-01")
    before = priced.events()
    with pytest.raises(FaultyLinesError) as refused:
        _lines(
            ",X1,某片,1,2026-12-01",
            "Y1,X1,,1,2026-12-01",
            "Y1,X1,某片,一元,2026-12-01",
            "Y1,X1,某片,0,2026-12-01",
            "Y1,X1,某片,1,明天",
            "Y1,X1,某片,1,2026/12/2",
        )
    said = {fault.line: str(fault.said) for fault in refused.value.faults}
    assert set(said) == {2, 3, 4, 5, 6}
    assert "院内编码" in said[2]
    assert "名称" in said[3]
    assert "单价" in said[4]
    assert "大于零" in said[5]
    assert "读不出来" in said[6]
    with pytest.raises(FaultyLinesError, match="与第 2 行重复"):
        _lines("Y1,X1,某片,1,2026-12-02", "Y1,X1,某片,2,2026-12-02")
    with pytest.raises(FaultyLinesError, match="不能早于今天"):
        _hand_in(priced, "Y1,X1,某片,3,2026-11-01")
    with pytest.raises(InputError, match="找不到这些列"):
        read_prices("院内编码,名称\nY1,某片\n".encode())
    with pytest.raises(NotFoundError):
        prices.preview_prices(
            priced.database, "nowhere", _lines("Y1,X1,某片,1,2026-12-02"),
            actor=priced.of(Role.CLERK), at=AT,
        )  # fmt: skip
    assert priced.events() == before


def test_a_workbook_keeps_the_decimals_of_a_price() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["院内编码", "国家编码", "名称", "单价", "起始日"])
    sheet.append(["Y1", "X1", "某片", 0.0125, datetime.date(2026, 12, 1)])
    content = io.BytesIO()
    book.save(content)
    (line,) = read_prices(content.getvalue())
    assert (price_text(line.price), line.start) == ("0.0125", TODAY)


def test_wrong_posts_and_two_at_once(priced: Priced, together: Callable[..., list[Any]]) -> None:
    row = "Y1,X1,某片,1.20,2026-12-01"
    wrong = [priced.of(role) for role in (Role.REVIEWER, Role.SECOND, Role.HEAD, Role.CASHIER)]
    wrong += [priced.of(Role.CLERK, area="990000"), institution_actor("H14010500002")]
    before = priced.events()
    for actor in wrong:
        with pytest.raises(DeniedError):
            _hand_in(priced, row, actor=actor)
        with pytest.raises(DeniedError):
            prices.preview_prices(priced.database, HOSPITAL, _lines(row), actor=actor, at=AT)
    assert priced.events() == before
    handed = _hand_in(priced, row, actor=priced.of(Role.CLERK))["list"]
    before = priced.events()
    others = [priced.of(role) for role in (Role.CLERK, Role.SECOND, Role.HEAD, Role.LEGAL)]
    for actor in (*others, priced.of(Role.REVIEWER, area="990000"), OWN):
        with pytest.raises(DeniedError):
            _decide(priced, handed, ListState.CONFIRMED, actor=actor)
    with pytest.raises(DeniedError, match="同一份"):
        _decide(
            priced, handed, ListState.CONFIRMED,
            actor=priced.of(Role.REVIEWER, Role.CLERK.value),
        )  # fmt: skip
    for actor in (priced.of(Role.LEGAL), priced.of(Role.CLERK, area="990000")):
        with pytest.raises(DeniedError):
            read_list(priced.database, actor, handed)
    assert lists_of(priced.database, priced.of(Role.CLERK, area="990000")) == []
    assert priced.events() == before
    answers = together(
        [
            lambda: _decide(priced, handed, ListState.CONFIRMED),
            lambda: _decide(priced, handed, ListState.REFUSED, "不同意"),
        ]
    )
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
    lists = together([lambda: _hand_in(priced, row), lambda: _hand_in(priced, row)])
    taken = [answer for answer in lists if isinstance(answer, dict)]
    assert taken
    assert all(isinstance(answer, dict | ConflictError) for answer in lists)
    numbers = [known.number for known in lists_of(priced.database, priced.of(Role.HEAD))]
    assert sorted(numbers) == list(range(1, len(taken) + 2))
    priced.check()
