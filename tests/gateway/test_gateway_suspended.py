"""A suspended department or practitioner over real HTTP: refused until when, others are not."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from yibao.access.permissions import officer
from yibao.database.instants import now
from yibao.sanctions.providers import (
    ProviderSuspension,
    lift_providers_within,
    suspend_provider_within,
)
from yibao.sanctions.states import ProviderKind

from ..database.test_spread import recorded
from . import flows
from .conftest import HOSPITAL, SECOND

HEAD = officer("head")
FIRST, LAST = datetime.date(2025, 3, 5), datetime.date(2025, 9, 4)


def suspend(client: Any, kind: ProviderKind, code: str, decision: str = "case1") -> None:
    """As the decision of a case does, beside its own chain."""
    suspension = ProviderSuspension(HOSPITAL, kind, code, FIRST, LAST, decision)
    client.platform.database.write(
        lambda unit: suspend_provider_within(unit, suspension, actor=HEAD, at=now())
    )


def visit(client: Any, day: str = "2025-03-10", **line: Any) -> dict[str, str]:
    """2201 and 2204: one line of a day."""
    key = flows.register(client, day=day)
    row = {**flows.fee_line(1, "20.00"), "fee_ocur_time": f"{day} 09:00:00", **line}
    client.ok("2204", {"feedetail": [{**row, **key, "chrg_bchno": "B1"}]})
    return key


def answers(client: Any, key: dict[str, str], **more: Any) -> tuple[int, int]:
    """infcode of a quote and of a settlement."""
    content = flows.settling(key, "20.00", **more)
    return client.send("2206", content)["infcode"], client.send("2207", content)["infcode"]


def test_a_suspended_department_is_not_paid_for(client: Any) -> None:
    client.ok("2207", flows.settling(visit(client), "20.00"))
    suspend(client, ProviderKind.DEPARTMENT, "A03")
    key = visit(client)
    for infno in ("2206", "2207"):
        said = client.refused(infno, flows.settling(key, "20.00"))
        assert "科室 A03 到 2025-09-04 为止暂停医保服务" in said
        assert "2025-03-10" in said
        assert "不由参保人承担" in said
    assert answers(client, key, med_type="13") == (0, 0), "an emergency"
    other = {"bilg_dept_codg": "B01", "bilg_dept_name": "外科"}
    assert answers(client, visit(client, **other)) == (0, 0)
    assert answers(client, visit(client, **other, acord_dept_codg="A03")) == (-1, -1)
    assert answers(client, visit(client, day="2025-03-04")) == (0, 0), "before it began"
    client.platform.database.write(
        lambda unit: lift_providers_within(unit, "case1", FIRST, actor=HEAD)
    )
    assert answers(client, visit(client)) == (0, 0), "it was ended"
    client.institution = SECOND
    assert answers(client, visit(client)) == (0, 0), "the same code of another hospital"


def test_a_suspended_practitioner_is_not_paid_for_anywhere(client: Any) -> None:
    suspend(client, ProviderKind.PRACTITIONER, "D140100000001")
    for place in (HOSPITAL, SECOND):
        client.institution = place
        said = client.refused("2207", flows.settling(visit(client), "20.00"))
        assert "医护人员 D140100000001 到 2025-09-04 为止暂停医保支付资格" in said
        assert answers(client, visit(client, bilg_dr_codg="D140100000002")) == (0, 0)


def test_a_stay_is_refused_for_the_days_of_the_suspension(client: Any) -> None:
    """What the department did before is paid for; a line of a later day is taken back."""
    suspend(client, ProviderKind.DEPARTMENT, "A03")
    stay = flows.admit(client, "wang", "2025-03-01 10:00:00", adm_dept_codg="A03")
    lines = [
        {**flows.fee_line(n, "500.00"), **stay, "fee_ocur_time": f"2025-03-{day} 09:00:00"}
        for n, day in ((1, "04"), (2, "06"))
    ]
    client.ok("2301", {"feedetail": lines})
    client.ok("2402", flows.discharge(stay, "2025-03-08 10:00:00"))
    said = client.refused("2303", flows.stay_settling(stay, "1000.00"))
    assert "2025-03-06" in said
    client.refused("2304", flows.stay_settling(stay, "1000.00"))
    client.ok("2302", {"data": [{**stay, "feedetl_sn": "2"}]})
    client.ok("2304", flows.stay_settling(stay, "500.00"))


def test_a_visit_without_lines_stands_for_its_department(client: Any) -> None:
    suspend(client, ProviderKind.DEPARTMENT, "内科")
    key = flows.register(client)
    assert answers(client, key) == (-1, -1)


@pytest.mark.parametrize("is_suspended", [False, True])
def test_nothing_more_is_asked_for_each_visit(client: Any, is_suspended: bool) -> None:
    if is_suspended:
        suspend(client, ProviderKind.DEPARTMENT, "B01")
    client.ok("2207", flows.settling(visit(client), "20.00"))
    key = visit(client)
    with recorded(client.platform.database) as statements:
        client.ok("2207", flows.settling(key, "20.00"))
    asked = [text for text in statements if "provider_suspension" in text]
    assert [text.split()[0] for text in asked] == ["INSERT"], "the settlement's own statement"
