"""A real store without a configured payment channel makes no order: no page, no API."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from yibao.database.unit import Database, open_database
from yibao.insured.enrolment.cover import civil_day
from yibao.insured.tables import channel_payment, order_, receipt
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app
from yibao.portal.own.frame import own_service

from .conftest import (
    IN_2025,
    PASSWORD,
    Caller,
    Clock,
    add_newcomer,
    add_relative_of,
    hidden,
    words_of,
)

PAY = {"payee": "newcomer", "scheme": "resident", "year": "2026", "channel": "wechat"}


def _taken(database: Database) -> list[int]:
    """Orders, payments and receipts."""
    tables = (order_, channel_payment, receipt)
    return [
        database.read(
            lambda unit, table=table: unit.run(select(func.count()).select_from(table)).scalar_one()
        )
        for table in tables
    ]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_nothing_is_ordered(
    database_url: str, packs: PolicyLibrary, tmp_path: Path, clock: Clock
) -> None:
    clock.at = IN_2025
    database = open_database(database_url)
    add_relative_of(database)
    add_newcomer(database)
    app = create_app(
        packs,
        data=tmp_path,
        today=lambda: civil_day(clock.at),
        service=own_service(database, packs, clock),
    )
    caller = Caller(app, follow_redirects=False)
    sent = {"login": "newcomer", "password": PASSWORD, "next": "/own"}
    assert caller.post("/sign-in", data=sent).status_code == 303
    page = caller.get("/own/pay")
    assert page.status_code == 200
    assert "没有接通缴费渠道" in words_of(page.text)
    assert "form_token" not in hidden(page.text)  # there is no form to send
    token = hidden(caller.get("/own/filing").text)["form_token"]
    forged = caller.post("/own/pay", data=PAY | {"form_token": token}, follow_redirects=True)
    assert forged.status_code in (409, 422), forged.text
    answer = caller.post(
        "/api/v1/people/me/bills",
        json={"year": 2026},
        headers={"Idempotency-Key": "no-channel-1"},
    )
    assert answer.status_code == 201, answer.text
    for name in ("wechat", "alipay", "counter_slip"):
        ordered = caller.post(
            "/api/v1/people/me/orders",
            json={"bill": answer.json()["bill"], "channel": name},
            headers={"Idempotency-Key": f"no-channel-{name}"},
        )
        assert ordered.status_code == 422, ordered.text
    assert (
        "没有接通这个缴费渠道"
        in caller.post(
            "/api/v1/people/me/orders",
            json={"bill": answer.json()["bill"], "channel": "wechat"},
            headers={"Idempotency-Key": "no-channel-again"},
        ).text
    )
    assert _taken(database) == [0, 0, 0]
    database.dispose()
