"""Grants: consent, review, change, revocation, expiry, and what a grantor sees of a draw."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.aid import operations as aid
from yibao.aid.operations import Consent
from yibao.aid.tables import aid_grant
from yibao.benefit.facts import Grant
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.ledger.tables import account
from yibao.policy.compile import PolicyLibrary
from yibao.record import account as accounts
from yibao.record.paging import Asked

from ..support.actors import CLERK, oneself
from ..support.store import Store

Build = Callable[..., Any]
TEXT = Consent("2025-01", "本人同意家庭成员使用本人个人账户。")
START = datetime.date(2025, 1, 1)
GIVEN = Grant("worker", "wife", "spouse", START, None, 30_000)


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", price_class=1))
    new_store.person(make_person("worker"), balance=500_000)
    for name in ("wife", "son"):
        new_store.person(make_person(name, scheme="resident"))
    new_store.relate("worker", "wife")
    return new_store


@pytest.fixture(autouse=True)
def at_once(packs_with: Build) -> PolicyLibrary:
    """Packs where nobody reviews a grant."""
    library: PolicyLibrary = packs_with(mutual_aid__review="none")
    _LIBRARIES["none"] = library
    return library


_LIBRARIES: dict[str, PolicyLibrary] = {}


def _give(store: Store, new_grant: Grant = GIVEN, *, review: bool = False) -> dict[str, Any]:
    """Apply for a grant; the city's own pack asks for a review."""
    return aid.grant(
        store.database,
        store.key("grant"),
        new_grant,
        actor=oneself("worker"),
        consent=TEXT,
        library=store.packs if review else _LIBRARIES["none"],
        on=START,
    )


def _drawn(store: Store, make_visit: Build, day: str = "2025-03-10") -> int:
    name = f"v-{day}-{len(store.rows())}"
    visit = make_visit(
        name, "wife", "h1", 50_000, start=day, item_class="C", draw=["own", "worker"]
    )
    return int(store.settle(visit)["mutual_aid"])


def _status(store: Store, day: str) -> list[str]:
    on = datetime.date.fromisoformat(day)
    return [row["status"] for row in aid.grants_of(store.database, "worker", on, actor=CLERK)]


def test_a_grant_keeps_the_text_of_the_consent(
    store: Store, make_visit: Build, at_once: PolicyLibrary
) -> None:
    key = store.key("grant")

    def give() -> Any:
        return aid.grant(
            store.database,
            key,
            GIVEN,
            actor=oneself("worker"),
            consent=TEXT,
            library=at_once,
            on=START,
        )

    answer = give()
    assert give() == answer
    (row,) = store.database.read(lambda unit: unit.run(select(aid_grant)).all())
    assert (row.consent_version, row.consent_text) == (TEXT.version, TEXT.text)
    assert (row.grant_id, row.status) == (answer["grant_id"], "active")
    assert _drawn(store, make_visit) == 30_000
    with pytest.raises(InputError, match="同意书全文"):
        aid.grant(
            store.database,
            store.key("g"),
            GIVEN,
            actor=oneself("worker"),
            consent=Consent("1", " "),
        )
    store.check()


def test_a_grant_under_review_pays_nothing_until_approved(store: Store, make_visit: Build) -> None:
    grant_id = _give(store, review=True)["grant_id"]
    assert _status(store, "2025-03-01") == ["pending"]
    assert _drawn(store, make_visit) == 0

    def decide(actor: Actor, *, approved: bool) -> Any:
        key = store.key("decide")
        return aid.decide(
            store.database, key, "worker", grant_id, approved=approved, note="证明齐", actor=actor
        )

    before = store.fingerprint()
    for own in ("worker", "wife"):
        with pytest.raises(DeniedError, match="没有权限办理“审核共济授权”"):
            decide(oneself(own), approved=True)
        with pytest.raises(ConflictError, match="不能审核自己的授权"):
            decide(Actor("clerk2", Role.OFFICER, person_id=own), approved=True)
    assert store.fingerprint() == before
    decide(CLERK, approved=True)
    assert _drawn(store, make_visit) == 30_000
    with pytest.raises(ConflictError, match="不在待审核状态"):
        decide(CLERK, approved=False)
    store.check()


def test_a_refused_grant_never_pays(store: Store, make_visit: Build) -> None:
    grant_id = _give(store, review=True)["grant_id"]
    key = store.key("decide")
    with pytest.raises(InputError, match="写明原因"):
        aid.decide(store.database, key, "worker", grant_id, approved=False, actor=CLERK)
    aid.decide(
        store.database,
        key,
        "worker",
        grant_id,
        approved=False,
        note="关系证明看不清",
        actor=CLERK,
        on=datetime.date(2025, 1, 8),
    )
    (seen,) = aid.grants_of(store.database, "worker", START, actor=oneself("worker"))
    assert (seen["status"], seen["applied_on"]) == ("refused", START)
    assert (seen["reviewed_on"], seen["review_note"]) == (
        datetime.date(2025, 1, 8),
        "关系证明看不清",
    )
    assert seen["consent_version"] == TEXT.version
    assert _status(store, "2025-03-01") == ["refused"]
    assert _drawn(store, make_visit) == 0
    with pytest.raises(ConflictError, match="不能变更"):
        aid.change(
            store.database,
            store.key("c"),
            "worker",
            grant_id,
            end=None,
            limit=1,
            actor=oneself("worker"),
        )


def test_an_application_may_be_withdrawn_and_nobody_knows_the_rules_without_a_pack(
    store: Store, make_visit: Build
) -> None:
    grant_id = _give(store, review=True)["grant_id"]
    store.revoke("worker", "wife", "2025-01-05")
    assert _status(store, "2025-01-05") == ["ended"]
    with pytest.raises(ConflictError, match="不在待审核状态"):
        aid.decide(store.database, store.key("d"), "worker", grant_id, approved=True, actor=CLERK)
    applied = aid.grant(
        store.database, store.key("g"), GIVEN, actor=oneself("worker"), consent=TEXT
    )
    assert applied["status"] == "pending"
    recorded = aid.grant(store.database, store.key("g"), GIVEN, actor=CLERK)
    assert recorded["status"] == "active"
    assert _drawn(store, make_visit) == 30_000


def test_decisions_at_the_same_time_are_one(store: Store, together: Build) -> None:
    grant_id = _give(store, review=True)["grant_id"]

    def decide(approved: bool) -> Any:
        return aid.decide(
            store.database,
            store.key("decide"),
            "worker",
            grant_id,
            approved=approved,
            note="核对过",
            actor=CLERK,
        )

    results = together([lambda: decide(True), lambda: decide(False), lambda: decide(True)])
    assert sum(isinstance(result, dict) for result in results) == 1
    assert sum(isinstance(result, ConflictError) for result in results) == 2
    store.check()


def test_one_grantor_at_a_time(
    store: Store, packs_with: Build, make_person: Build, make_visit: Build
) -> None:
    """K02, T-MA-03: a grantee has one grantor on a day; another one waits for the end."""
    store.person(make_person("mother"), balance=300_000)
    store.relate("mother", "wife", "sibling")
    first = _give(store)["grant_id"]
    of_mother = Grant("mother", "wife", "sibling", START, None, None)

    def give(new_grant: Grant, library: PolicyLibrary | None = None) -> Any:
        return aid.grant(
            store.database,
            store.key("grant"),
            new_grant,
            actor=oneself(new_grant.grantor),
            consent=TEXT,
            library=library or _LIBRARIES["none"],
            on=START,
        )

    def change(end: datetime.date | None) -> Any:
        return aid.change(
            store.database,
            store.key("change"),
            "worker",
            first,
            end=end,
            limit=30_000,
            actor=oneself("worker"),
            library=_LIBRARIES["none"],
            on=START,
        )

    with pytest.raises(ConflictError, match="最多有 1 名授权人"):
        give(of_mother)
    assert "mother" not in str(store.database.read(lambda unit: unit.run(select(aid_grant)).all()))
    # After the first one's last day another may be given; then the first one stays short.
    change(datetime.date(2025, 6, 30))
    give(replace(of_mother, start=datetime.date(2025, 7, 1)))
    with pytest.raises(ConflictError, match="最多有 1 名授权人"):
        change(None)
    change(datetime.date(2025, 5, 31))
    change(datetime.date(2025, 6, 30))
    # A pack may set another number, or none.
    store.relate("worker", "son", "sibling")
    store.relate("mother", "son", "sibling")
    for grantor in ("worker", "mother"):
        grant = Grant(grantor, "son", "sibling", START, None, None)
        give(grant, packs_with(mutual_aid__review="none", mutual_aid__grantors_at_a_time=0))
    store.check()


def test_limit_and_last_day_are_changed(store: Store, make_visit: Build) -> None:
    grant_id = _give(store)["grant_id"]
    last = datetime.date(2025, 6, 30)
    key = store.key("change")
    aid.change(
        store.database, key, "worker", grant_id, end=last, limit=20_000, actor=oneself("worker")
    )
    assert _drawn(store, make_visit, "2025-06-30") == 20_000
    assert _drawn(store, make_visit, "2025-07-01") == 0
    assert (_status(store, "2025-06-30"), _status(store, "2025-07-01")) == (["active"], ["ended"])
    with pytest.raises(InputError, match="早于开始日"):
        aid.change(
            store.database,
            store.key("change"),
            "worker",
            grant_id,
            end=datetime.date(2024, 12, 31),
            limit=None,
            actor=oneself("worker"),
        )
    with pytest.raises(NotFoundError, match="没有授权 x"):
        aid.change(
            store.database,
            store.key("c"),
            "worker",
            "x",
            end=None,
            limit=1,
            actor=oneself("worker"),
        )
    store.check()


def test_a_revocation_holds_from_its_own_day(store: Store, make_visit: Build) -> None:
    _give(store)
    store.revoke("worker", "wife", "2025-05-01")
    store.revoke("worker", "wife", "2025-08-01")
    assert _drawn(store, make_visit, "2025-04-30") == 30_000
    assert _drawn(store, make_visit, "2025-05-01") == 0
    assert _status(store, "2025-05-01") == ["ended"]
    with pytest.raises(NotFoundError, match="worker 没有授权 x"):
        aid.revoke(store.database, store.key("r"), "worker", "x", START, actor=oneself("worker"))
    store.check()


def test_a_grant_to_a_stranger_or_under_another_relation_is_refused_without_effect(
    store: Store,
) -> None:
    before = store.fingerprint()
    with pytest.raises(RefusedError, match=r"son 在 .* 不是 worker 登记过的亲属"):
        _give(store, replace(GIVEN, grantee="son"))
    with pytest.raises(RefusedError, match="登记的亲属关系与所写的不同"):
        _give(store, replace(GIVEN, relation="sibling"))
    with pytest.raises(DeniedError, match="审核共济授权"):  # only the office says: recorded before
        aid.grant(store.database, store.key("g"), GIVEN, actor=oneself("worker"))
    assert store.fingerprint() == before


def test_a_second_grant_to_the_same_person_is_refused_while_one_stands(
    store: Store, make_visit: Build
) -> None:
    first = _give(store)["grant_id"]
    before = store.fingerprint()
    with pytest.raises(ConflictError, match=f"已经有给 wife 的授权 {first}"):
        _give(store, replace(GIVEN, limit=10))
    with pytest.raises(ConflictError, match="已经有给 wife 的授权"):
        _give(store, replace(GIVEN, start=datetime.date(2026, 1, 1)), review=True)
    assert store.fingerprint() == before
    store.revoke("worker", "wife", "2025-06-01")
    second = _give(store, replace(GIVEN, start=datetime.date(2025, 6, 1), limit=20_000))
    assert second["grant_id"] != first
    assert _drawn(store, make_visit, "2025-05-31") == 30_000
    assert _drawn(store, make_visit, "2025-06-01") == 20_000
    store.check()


def test_ending_one_grant_leaves_another_to_the_same_person(
    store: Store, make_visit: Build
) -> None:
    active = aid.grant(store.database, store.key("g"), GIVEN, actor=CLERK)
    waiting = aid.grant(
        store.database,
        store.key("g"),
        replace(GIVEN, start=datetime.date(2026, 1, 1)),
        actor=CLERK,
    )
    day = datetime.date(2025, 3, 1)
    aid.revoke(
        store.database,
        store.key("r"),
        "worker",
        waiting["grant_id"],
        day,
        actor=oneself("worker"),
    )
    rows = aid.grants_of(store.database, "worker", day, actor=CLERK)
    standing = {row["grant_id"]: row["status"] for row in rows}
    assert standing == {active["grant_id"]: "active", waiting["grant_id"]: "ended"}
    assert _drawn(store, make_visit) == 30_000
    store.check()


def test_consent_to_details_needs_a_grant(store: Store) -> None:
    before = store.fingerprint()
    with pytest.raises(NotFoundError, match="worker 没有给 son 的授权"):
        aid.consent_to_details(
            store.database,
            store.key("c"),
            "son",
            "worker",
            agreed=True,
            consent=TEXT,
            actor=oneself("son"),
        )
    assert store.fingerprint() == before


@pytest.mark.parametrize(
    ("wrong_grant", "said"),
    [
        (replace(GIVEN, relation="friend"), "亲属关系"),
        (replace(GIVEN, grantee="worker"), "不能授权给自己"),
        (replace(GIVEN, end=datetime.date(2024, 1, 1)), "早于开始日"),
        (replace(GIVEN, limit=0), "应大于 0"),
    ],
)
def test_what_a_grant_may_not_be(store: Store, wrong_grant: Grant, said: str) -> None:
    before = store.fingerprint()
    with pytest.raises(InputError, match=said):
        _give(store, wrong_grant)
    with pytest.raises(NotFoundError, match="没有登记的参保人 nobody"):
        _give(store, replace(GIVEN, grantee="nobody"))
    assert store.fingerprint() == before


def test_the_account_row_holds_the_grants_that_may_pay(store: Store, together: Build) -> None:
    """Also when grants come at once: none is lost."""
    givens = [replace(GIVEN, grantee=name, limit=n) for n in (1, 2, 3) for name in ("wife", "son")]
    results = together(
        [
            lambda g=new_grant: aid.grant(store.database, store.key("g"), g, actor=CLERK)
            for new_grant in givens
        ]
    )
    assert all(isinstance(result, dict) for result in results), results
    (rows,) = store.database.read(
        lambda unit: (
            unit.run(select(account.c.grants).where(account.c.person_id == "worker"))
            .scalars()
            .all()
        )
    )
    grants = [row["grant"] for row in rows["grants"]]
    assert sorted((row["grantee"], row["limit"]) for row in grants) == sorted(
        (new_grant.grantee, new_grant.limit) for new_grant in givens
    )
    store.check()


def _used_by(store: Store, person: str) -> list[tuple[str, str, int, str | None]]:
    """What a grantor reads, the last draw first: who, where, how much and which kind of visit."""
    secrets = store.database.secrets
    page = store.database.read(lambda unit: accounts.used_by(unit, secrets, person, Asked()))
    assert all(row.day == datetime.date(2025, 3, 10) for row in page.rows)
    return [(row.person, row.institution, row.amount, row.kind) for row in page.rows]


def test_the_grantor_sees_day_institution_and_amount_only(store: Store, make_visit: Build) -> None:
    _give(store)
    visit = make_visit(
        "v1", "wife", "h1", 50_000, item_class="C", draw=["own", "worker"], disease="hypertension"
    )
    store.settle(visit)
    store.settle(make_visit("v2", "worker", "h1", 900, item_class="C", draw=["own"]))
    plain = ("wife", "h1", 30_000, None)
    assert _used_by(store, "worker") == [plain]
    assert _used_by(store, "wife") == []

    def consent(agreed: bool) -> None:
        key = store.key("consent")
        aid.consent_to_details(
            store.database,
            key,
            "wife",
            "worker",
            agreed=agreed,
            consent=TEXT,
            actor=oneself("wife"),
        )

    consent(True)
    assert _used_by(store, "worker") == [("wife", "h1", 30_000, visit.kind)]
    consent(False)
    store.reverse("wife", "v1")
    assert _used_by(store, "worker") == [("wife", "h1", -30_000, None), plain]
    store.check()
