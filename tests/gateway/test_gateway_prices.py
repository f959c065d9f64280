"""A price above the institution's own list: told before care, and a hit of the month's check."""

from __future__ import annotations

from typing import Any

from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role, institution_actor
from yibao.conduct.operations import check_month
from yibao.conduct.reading import list_hits
from yibao.prices.files import read_prices
from yibao.prices.operations import hand_in_prices

from . import flows
from .conftest import HOSPITAL
from .test_gateway_screening import asked, found, order

_LIST = "院内编码,国家编码,名称,单价,起始日\nA-1,XA01,甲类药,15,2025-01-01\n"


def test_a_price_above_the_own_list_is_told_and_found(client: Any) -> None:
    content = asked("li", order("r1", "XA01", "20.00"))
    assert found(client, content) == []
    hand_in_prices(
        client.platform.database,
        Key("test", "prices", "1"),
        HOSPITAL,
        read_prices(_LIST.encode()),
        actor=institution_actor(HOSPITAL),
    )
    for infno in ("3101", "3102"):
        assert found(client, content, infno) == [("RC13", "甲类药 等 1 行的单价高于本机构的价目")]
    assert found(client, asked("li", order("r1", "XA01", "15.00"))) == []
    key = flows.with_a_line(client, "li", "20.00")
    client.ok("2207", flows.settling(key, "20.00"))
    database = client.platform.database
    inspector = Actor("inspector", Role.INSPECTOR, agency_id="agency", area="140100")
    month = 202503
    assert check_month(database, month, actor=inspector).new == 1
    (hit,) = list_hits(database, inspector, month=month)
    assert "高于本机构的价目" in str(hit.reason)
    assert check_month(database, month, actor=inspector).new == 0
