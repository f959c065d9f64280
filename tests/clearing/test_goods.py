"""Goods that are paid to their makers and set off: OF20, two sides, four people, the bank."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role, institution_actor
from yibao.clearing import operations as clearing
from yibao.clearing.goods_lines import read_goods
from yibao.clearing.goods_reading import list_goods, read_goods_list
from yibao.clearing.goods_states import GoodsKind, GoodsMove, GoodsState
from yibao.clearing.groups import PayMethod
from yibao.clearing.stays import read_stays
from yibao.disbursement.payees import payee_of
from yibao.employers.errors import FaultyLinesError
from yibao.errors import ConflictError, InputError

from .world import AFTERWARDS, HOSPITAL, OTHER, Clearing

MAKER = "91140100MA0000000X"
PAYEE = payee_of("测试药业", "建设银行", "4200001234567890")
DAY = datetime.date(2026, 1, 5)


def _lines(amount: int) -> list[Any]:
    yuan = f"{amount // 100}.{amount % 100:02d}"
    return read_goods(f"编码,名称,数量,单价,金额\nXA01,某药,1,{yuan},{yuan}\n".encode())


def _draft(clear: Clearing, amount: int, number: str = "D-1", **more: Any) -> str:
    actor = more.pop("actor", None) or institution_actor(HOSPITAL)
    asked = clearing.DeliveryList(
        HOSPITAL, MAKER, "测试药业", number, GoodsKind.PROCURED, DAY, PAYEE
    )
    return str(
        clearing.draft_goods(
            clear.database, clear.key(), asked, _lines(amount), actor=actor, at=AFTERWARDS
        )["goods"]
    )


def _move(clear: Clearing, goods: str, move: GoodsMove, actor: Any, text: str = "") -> Any:
    return clearing.move_goods(
        clear.database, clear.key(), goods, move, actor=actor, text=text, at=AFTERWARDS
    )


def _approved(clear: Clearing, amount: int, number: str = "D-1") -> str:
    goods = _draft(clear, amount, number)
    _move(clear, goods, GoodsMove.CONFIRM, clear.of(Role.CLERK), "企业确认书 7 号")
    _move(clear, goods, GoodsMove.APPROVE, clear.of(Role.SECOND))
    return goods


def _state(clear: Clearing, goods: str) -> GoodsState:
    return read_goods_list(clear.database, clear.of(Role.SECOND), goods).listed.state


def _month(clear: Clearing, month: int, owed: int) -> str:
    """An application of a month that comes to ``owed`` fen without goods: a budget of points."""
    entry = clear.visit(month, 1_000_000, days=2, clear_type="21")
    asked = clearing.PointsPeriod(clear.area, month, PayMethod.DIP, owed)
    stays = read_stays(f"结算编号,组,点数\n{entry},J01,800\n".encode())
    period = clearing.draw_points(
        clear.database, clear.key(), asked, stays, actor=clear.of(Role.REVIEWER), at=AFTERWARDS
    )["period"]
    clearing.confirm_points(
        clear.database, clear.key(), period, actor=clear.of(Role.SECOND), at=AFTERWARDS
    )
    return clear.apply(month, clear_type="21")


def test_of20_goods_are_paid_set_off_and_what_is_short_is_collected(clear: Clearing) -> None:
    clear.agree(
        start=datetime.date(2025, 2, 1), retained_share=0, method=PayMethod.DIP, coefficient=100
    )
    first = _month(clear, 202511, 119_331_367)
    goods = _approved(clear, 36_850_000)
    assert clear.balance(f"maker:{MAKER}") == -36_850_000
    assert clear.read(first).expected.paid == 119_331_367  # the maker was not paid yet
    assert clear.pay() == {"测试药业": 36_850_000}
    assert clear.balance(f"maker:{MAKER}") == 0
    assert _state(clear, goods) is GoodsState.PAID
    signed = clear.settle(first)
    assert (signed.goods, signed.paid) == (36_850_000, 82_481_367)
    assert _state(clear, goods) is GoodsState.SET_OFF
    assert clear.pay() == {"测试医院": 82_481_367}
    assert clear.balance(f"payable:{HOSPITAL}") == 0
    # More goods than the next month comes to: the rest is collected from the hospital.
    second = _month(clear, 202512, 20_000_000)
    more = _approved(clear, 24_500_000, "D-2")
    assert clear.pay() == {"测试药业": 24_500_000}
    short = clear.settle(second)
    assert (short.paid, short.carried, short.goods) == (0, 4_500_000, 24_500_000)
    assert clear.balance(f"payable:{HOSPITAL}") == 4_500_000
    assert _state(clear, more) is GoodsState.COLLECTING
    clear.check()


def test_either_side_hands_in_and_the_other_confirms(clear: Clearing) -> None:
    own, clerk, second = institution_actor(HOSPITAL), clear.of(Role.CLERK), clear.of(Role.SECOND)
    goods = _draft(clear, 100_00, actor=clerk)
    before = clear.events()
    for actor in (clerk, institution_actor(OTHER), clear.of(Role.CASHIER), clear.of(Role.HEAD)):
        with pytest.raises(DeniedError):
            _move(clear, goods, GoodsMove.CONFIRM, actor, "书")
    with pytest.raises(ConflictError):
        _move(clear, goods, GoodsMove.APPROVE, second)
    with pytest.raises(ConflictError, match="已经交过"):
        _draft(clear, 100_00)
    assert clear.events() == before
    _move(clear, goods, GoodsMove.CONFIRM, own)
    with pytest.raises(DeniedError):
        _move(clear, goods, GoodsMove.APPROVE, clear.of(Role.SECOND, "clerk"))  # the same person
    _move(clear, goods, GoodsMove.APPROVE, second)
    with pytest.raises(ConflictError):
        _move(clear, goods, GoodsMove.APPROVE, second)
    # Nobody has paid it: it is given up, and may come again.
    with pytest.raises(InputError):
        _move(clear, goods, GoodsMove.DROP, second)
    _move(clear, goods, GoodsMove.DROP, second, "退货")
    assert clear.balance("maker:") == clear.balance(f"payable:{HOSPITAL}") == 0
    again = _draft(clear, 200_00)
    with pytest.raises(InputError, match="确认书"):
        _move(clear, again, GoodsMove.CONFIRM, clerk)
    mine = list_goods(clear.database, own)
    assert [row.goods_id for row in mine] == sorted([goods, again], reverse=True)
    assert list_goods(clear.database, institution_actor(OTHER)) == []
    with pytest.raises(DeniedError):
        read_goods_list(clear.database, institution_actor(OTHER), goods)
    with pytest.raises(DeniedError):
        read_goods_list(clear.database, clear.of(Role.SECOND, area="310000"), goods)
    clear.check()


def test_every_wrong_line_is_named() -> None:
    with pytest.raises(FaultyLinesError) as refused:
        read_goods("编码,名称,数量,单价,金额\nA1,药,2,3.00,6.01\nA1,药,0,3,0\n".encode())
    assert [fault.line for fault in refused.value.faults] == [2, 3]
    with pytest.raises(InputError, match="找不到这些列"):
        read_goods("编码,名称\nA1,药\n".encode())
