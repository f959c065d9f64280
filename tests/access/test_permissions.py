"""Every operation of the store, by everybody: allowed calls pass, denied ones leave no trace."""

from __future__ import annotations

import ast
import datetime
import inspect
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from stdnum.cn import ric

import yibao
from yibao.access.errors import DeniedError
from yibao.access.operations import Key
from yibao.access.permissions import MATRIX, Actor, Reach, Role, institution_actor, may, require
from yibao.access.seals import seal_heads
from yibao.access.users import add_user, close_user, issue_key, revoke_key, set_password
from yibao.aid import operations as aid
from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Filing,
    Grant,
    GroupMembership,
    Institution,
    Item,
    Person,
    Visit,
)
from yibao.care import catalogue, impact, institutions, replay, visits
from yibao.care import operations as care
from yibao.care.draws import draws_on
from yibao.care.fees import FeeLine
from yibao.care.readjudication import Readjudications
from yibao.care.reversal import Reversals
from yibao.care.settling import Settlements
from yibao.crossing import operations as crossing
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.insured import operations as insured
from yibao.insured.bills import Periods
from yibao.insured.channels import ChannelPayment, SandboxChannel
from yibao.insured.documents import Proof
from yibao.insured.payment_tables import order_
from yibao.ledger import operations as ledger
from yibao.ledger.balances import account_statement, shared_balances, take_snapshots
from yibao.ledger.checks import rebuild_balances
from yibao.ledger.export import export_books
from yibao.policy.compile import PolicyLibrary

from ..support.actors import ADMINISTRATOR, AUDITOR, CLERK

PEOPLE = ("wang", "child", "sister", "li")
"""Wang acts; the others are a ward's, a relative's and a stranger's records."""
WANG = Actor(
    "wang",
    Role.INSURED,
    person_id="wang",
    wards=frozenset({"child"}),
    relatives=frozenset({"sister"}),
)
H1, CLINIC = institution_actor("h1"), institution_actor("clinic")
CALLERS = [
    *((WANG, name) for name in PEOPLE),
    *((actor, "li") for actor in (CLERK, AUDITOR, ADMINISTRATOR, H1, CLINIC)),
]
DAY = datetime.date(2025, 11, 20)
AT = datetime.datetime(2025, 11, 20, 3, tzinfo=datetime.UTC)
LINE = FeeLine("X1", "某药", "A", 10_000, 1_000_000)
PASSWORD = "long enough words"
PAID = "posted"
pytestmark = pytest.mark.usefixtures("secret_key")


def _number(place: int) -> str:
    plain = f"11010119800315{990 + place}"
    return plain + ric.calc_check_digit(f"{plain}0")


def _facts(name: str, area: str) -> Person:
    return Person(
        id=name,
        sex="female" if PEOPLE.index(name) % 2 == 0 else "male",
        birth=datetime.date(1980, 3, 15),
        area=area,
        groups=(GroupMembership("low_income", datetime.date(2020, 1, 1)),),
        enrolments=(
            Enrolment("employee", "working", datetime.date(2020, 1, 1), None, area, "flexible"),
        ),
        contributions_resident=None,
        contributions_employee=tuple(
            EmployeeContribution(202500 + month, 800_000, datetime.date(2025, month, 2))
            for month in range(1, 10)
        ),
    )


@dataclass
class World:
    """A store with everything that the operations need, once for each person."""

    database: Database
    packs: PolicyLibrary
    area: str
    sent: int = 0

    def __post_init__(self) -> None:
        self.settlements = Settlements(self.database, self.packs)
        self.reversals = Reversals(self.settlements)
        self.readjudications = Readjudications(self.reversals)

    def key(self, sender: str = "desk") -> Key:
        self.sent += 1
        return Key(sender, "test", f"{id(self)}-{self.sent}")

    def visit(self, name: str, person: str, **given: Any) -> Visit:
        kind = {"kind": "outpatient", "items": (Item("A", 20_000),), **given}
        return Visit(f"{person}-{name}", person, "h1", start=DAY, end=DAY, **kind)

    def order(self, person: str, status: str) -> tuple[str, str]:
        query = select(order_.c.order_id, order_.c.bill_id).where(
            order_.c.person_id == person, order_.c.status == status
        )
        row = self.database.read(lambda unit: unit.run(query).one())
        return row.order_id, row.bill_id

    def grant_id(self, person: str) -> str:
        day = DAY
        found = self.database.read(lambda unit: aid.grant_rows(unit, person, day))
        return str(next(one for one in found if one["status"] == "pending")["grant_id"])

    def filing_id(self, person: str) -> str:
        from yibao.exchange.reading import filing_rows

        return str(filing_rows(self.database, person)[0].filing_id)

    # --- setting up --------------------------------------------------------------------------

    def set_up(self) -> None:
        for place in ("h1", "clinic"):
            institutions.register_institution(
                self.database, Institution(place, self.area, "hospital", 1), actor=CLERK
            )
        for name in PEOPLE:
            insured.register(
                self.database,
                _facts(name, self.area),
                actor=CLERK,
                balance=500_000,
                day=datetime.date(2020, 1, 1),
                named=insured.Named(
                    f"姓名{name}", "resident_identity_card", _number(PEOPLE.index(name))
                ),
                library=self.packs,
            )
        for name in PEOPLE:
            self._live(name)
        add_user(self.database, ADMINISTRATOR, "somebody", PASSWORD, Role.OFFICER)

    def _live(self, name: str) -> None:
        database, packs = self.database, self.packs
        visit = self.visit("recorded", name, items=())
        visits.record_visit(database, self.key(), visit, actor=H1)
        visits.record_items(database, self.key(), name, visit.id, [LINE] * 2, day=DAY, actor=H1)
        settled = self.visit("settled", name, draw=("own",))
        self.settlements.settle(Key("h1", "settle", f"m-{name}"), settled, actor=H1)
        for month, pay in ((202512, False), (202601, True)):
            made = insured.make_bill(
                database, packs, self.key(), name, DAY, actor=CLERK, month=month, base=800_000
            )
            order = insured.create_order(
                database, self.key(), name, made["bills"][0]["bill"], "wechat", actor=CLERK, at=AT
            )
            if pay:
                channel = SandboxChannel("wechat")
                insured.pay_order(
                    database, packs, channel, name, order["order"], actor=CLERK, at=AT
                )
        aid.grant(database, self.key(), _given(name), actor=CLERK, consent=CONSENT, library=packs)
        other = PEOPLE[(PEOPLE.index(name) + 1) % len(PEOPLE)]
        aid.grant(database, self.key(), replace(_given(name), grantee=other), actor=CLERK)
        crossing.record(
            database,
            self.key(),
            Filing(name, "chronic", None, "hypertension", DAY, None),
            actor=CLERK,
        )
        database.write(
            lambda unit: ledger.post(
                unit, name, f"t-{name}", DAY, [("opening", 500), (f"suspense:{name}", -500)]
            )
        )


CONSENT = aid.Consent("1", "同意")


def _given(name: str) -> Grant:
    grantee = PEOPLE[PEOPLE.index(name) - 1]
    return Grant(name, grantee, "sibling", DAY, None, None)


def _other(name: str) -> str:
    return PEOPLE[PEOPLE.index(name) - 1]


Call = Callable[[World, Actor, str], Any]
CALLS: dict[str, tuple[str, Call]] = {}
"""Name of a call -> operation of the matrix, call."""


def _call(operation: str) -> Callable[[Call], Call]:
    def keep(made: Call) -> Call:
        CALLS[made.__name__.strip("_")] = (operation, made)
        return made

    return keep


# --- people --------------------------------------------------------------------------------------


@_call("register")
def _register(world: World, actor: Actor, person: str) -> None:
    facts = replace(_facts("wang", world.area), id="new")
    insured.register(world.database, facts, actor=actor, day=DAY)


@_call("register")
def _register_person(world: World, actor: Actor, person: str) -> None:
    paper = [Proof("passport"), Proof("employment_contract"), Proof("photo", 2)]
    given = insured.Application(
        "新人",
        "passport",
        "E1234567",
        "workplace",
        Enrolment("employee", "working", DAY, None, world.area),
        tuple(paper),
        "male",
        datetime.date(1990, 1, 1),
    )
    insured.register_person(world.database, world.packs, world.key(), given, actor=actor)


@_call("change_person")
def _add_certificate(world: World, actor: Actor, person: str) -> None:
    insured.add_certificate(
        world.database, world.key(), person, "passport", "E7654321", actor=actor
    )


@_call("change_person")
def _join_group(world: World, actor: Actor, person: str) -> None:
    insured.join_group(
        world.database,
        world.packs,
        world.key(),
        person,
        GroupMembership("extremely_poor", DAY),
        actor=actor,
        proofs=[Proof("civil_affairs_certificate")],
    )


@_call("change_person")
def _leave_group(world: World, actor: Actor, person: str) -> None:
    insured.leave_group(
        world.database,
        world.packs,
        world.key(),
        person,
        "low_income",
        DAY,
        actor=actor,
        proofs=[Proof("civil_affairs_certificate")],
    )


@_call("change_person")
def _relate(world: World, actor: Actor, person: str) -> None:
    insured.relate(
        world.database,
        world.key(),
        insured.Relation(person, _other(person), "sibling", DAY),
        actor=actor,
        proofs=[Proof("household_book")],
    )


@_call("change_person")
def _end_relation(world: World, actor: Actor, person: str) -> None:
    if may(actor, "change_person", person):
        _relate(world, CLERK, person)
    insured.end_relation(
        world.database,
        world.key(),
        person,
        _other(person),
        datetime.date(2025, 12, 1),
        actor=actor,
        proofs=[Proof("household_book")],
    )


@_call("enrol")
def _end_enrolment(world: World, actor: Actor, person: str) -> None:
    insured.end_enrolment(
        world.database, world.packs, world.key(), person, DAY, "离职", actor=actor
    )


@_call("enrol")
def _change_enrolment(world: World, actor: Actor, person: str) -> None:
    insured.change_enrolment(
        world.database,
        world.packs,
        world.key(),
        person,
        DAY,
        contribution_class="employer",
        actor=actor,
    )


@_call("enrol")
def _enrol(world: World, actor: Actor, person: str) -> None:
    if may(actor, "enrol", person):
        _end_enrolment(world, CLERK, person)
    new = Enrolment("resident", None, datetime.date(2026, 1, 1), None, world.area)
    insured.enrol(world.database, world.packs, world.key(), person, new, actor=actor)


@_call("find_person")
def _find_person(world: World, actor: Actor, person: str) -> None:
    number = _number(PEOPLE.index(person))
    found = insured.find_person(world.database, "resident_identity_card", number, actor=actor)
    assert found == person


@_call("find_person")
def _people_named(world: World, actor: Actor, person: str) -> None:
    assert insured.people_named(world.database, f"姓名{person}", actor=actor) == [person]


@_call("read_person")
def _details(world: World, actor: Actor, person: str) -> None:
    insured.details(world.database, person, actor=actor)


@_call("read_person")
def _cover_known(world: World, actor: Actor, person: str) -> None:
    insured.cover_known(world.database, person, DAY, actor=actor)


@_call("read_person")
def _read_person(world: World, actor: Actor, person: str) -> None:
    care.read_person(world.database, person, actor=actor)


# --- contributions -------------------------------------------------------------------------------


@_call("bill")
def _make_bill(world: World, actor: Actor, person: str) -> None:
    insured.make_bill(
        world.database, world.packs, world.key(), person, DAY, actor=actor, month=202602
    )


@_call("bill")
def _make_back_bills(world: World, actor: Actor, person: str) -> None:
    insured.make_back_bills(world.database, world.packs, world.key(), person, DAY, actor=actor)


@_call("order")
def _create_order(world: World, actor: Actor, person: str) -> None:
    _, bill_id = world.order(person, "created")
    insured.create_order(world.database, world.key(), person, bill_id, "alipay", actor=actor)


@_call("order")
def _pay_order(world: World, actor: Actor, person: str) -> None:
    order_id, _ = world.order(person, "created")
    channel = SandboxChannel("wechat")
    paid = insured.pay_order(
        world.database, world.packs, channel, person, order_id, actor=actor, at=AT
    )
    assert paid.status == PAID


@_call("collect")
def _resolve_order(world: World, actor: Actor, person: str) -> None:
    order_id, _ = world.order(person, "created")
    insured.resolve_order(
        world.database, world.packs, SandboxChannel("wechat"), person, order_id, actor=actor
    )


@_call("collect")
def _take_payment(world: World, actor: Actor, person: str) -> None:
    order_id, _ = world.order(person, "created")
    payment = ChannelPayment("p1", 1, DAY)
    insured.take_payment(
        world.database, world.packs, "wechat", person, order_id, payment, actor=actor
    )


@_call("collect")
def _send_refunds(world: World, actor: Actor, person: str) -> None:
    insured.send_refunds(world.database, SandboxChannel("wechat"), actor=actor)


@_call("pay")
def _pay_now(world: World, actor: Actor, person: str) -> None:
    """From the own account; for a relative from the payer's, by a grant."""
    own = person == actor.person_id or person in actor.wards or actor.person_id is None
    draw = ("own",) if own else (str(actor.person_id),)
    wanted = Periods("employee", (202602,), 400_000)
    given = insured.Payable(person, wanted, datetime.date(2026, 2, 2), draw)
    if not own and may(actor, "pay", person):
        with pytest.raises(yibao.errors.RefusedError, match="请走缴费渠道"):
            insured.pay_now(world.database, world.packs, world.key(), given, actor=actor)
        return  # a relative's own contribution is not what aid may pay here: a rule says so
    insured.pay_now(world.database, world.packs, world.key(), given, actor=actor)


@_call("contribute")
def _contribute(world: World, actor: Actor, person: str) -> None:
    insured.contribute(
        world.database,
        world.packs,
        world.key(),
        person,
        datetime.date(2026, 2, 2),
        actor=actor,
        month=202602,
        base=800_000,
    )


@_call("refund")
def _refund_order(world: World, actor: Actor, person: str) -> None:
    order_id, _ = world.order(person, PAID)
    insured.refund_order(
        world.database, world.packs, world.key(), person, order_id, "多缴", DAY, actor=actor
    )


@_call("rerate")
def _rerate_bill(world: World, actor: Actor, person: str) -> None:
    _, bill_id = world.order(person, PAID)
    insured.rerate_bill(world.database, world.packs, world.key(), person, bill_id, DAY, actor=actor)


@_call("rerate")
def _rerate_area(world: World, actor: Actor, person: str) -> None:
    insured.rerate_area(world.database, world.packs, world.area, DAY, actor=actor)


@_call("read_contributions")
def _contribution_records(world: World, actor: Actor, person: str) -> None:
    insured.contribution_records(world.database, person, actor=actor)


@_call("read_contributions")
def _orders_of(world: World, actor: Actor, person: str) -> None:
    insured.orders_of(world.database, person, actor=actor)


# --- personal accounts and mutual aid ------------------------------------------------------------


@_call("credit")
def _credit(world: World, actor: Actor, person: str) -> None:
    insured.credit(world.database, world.packs, world.key(), person, 202509, actor=actor)


@_call("credit")
def _run_credits(world: World, actor: Actor, person: str) -> None:
    insured.run_credits(world.database, world.packs, world.area, 202508, actor=actor)


@_call("transfer")
def _transfer(world: World, actor: Actor, person: str) -> None:
    insured.transfer(world.database, world.key(), person, _other(person), 100, DAY, actor=actor)


@_call("close_account")
def _close_account(world: World, actor: Actor, person: str) -> None:
    insured.close_account(
        world.database,
        world.packs,
        world.key(),
        insured.Closing(person, "abroad", DAY),
        actor=actor,
        proofs=[Proof("settlement_abroad")],
    )


@_call("read_suspense")
def _suspense(world: World, actor: Actor, person: str) -> None:
    assert len(insured.suspense(world.database, actor=actor)) == len(PEOPLE)


@_call("clear_suspense")
def _clear_suspense(world: World, actor: Actor, person: str) -> None:
    insured.clear_suspense(
        world.database, world.key(), person, 500, DAY, actor=actor, reason="付给本人"
    )


@_call("grant")
def _grant(world: World, actor: Actor, person: str) -> None:
    aid.grant(world.database, world.key(), _given(person), actor=actor)


@_call("grant")
def _change_grant(world: World, actor: Actor, person: str) -> None:
    grant_id = world.grant_id(person)
    aid.change(world.database, world.key(), person, grant_id, end=None, limit=9, actor=actor)


@_call("review_grant")
def _decide(world: World, actor: Actor, person: str) -> None:
    grant_id = world.grant_id(person)
    aid.decide(world.database, world.key(), person, grant_id, approved=True, actor=actor)


@_call("revoke")
def _revoke(world: World, actor: Actor, person: str) -> None:
    aid.revoke(world.database, world.key(), person, _other(person), DAY, actor=actor)


@_call("consent_to_details")
def _consent_to_details(world: World, actor: Actor, person: str) -> None:
    aid.consent_to_details(
        world.database,
        world.key(),
        person,
        _other(person),
        given=True,
        consent=CONSENT,
        actor=actor,
    )


@_call("read_grants")
def _grants_of(world: World, actor: Actor, person: str) -> None:
    assert aid.grants_of(world.database, person, DAY, actor=actor)


@_call("read_draws")
def _draws_on(world: World, actor: Actor, person: str) -> None:
    draws_on(world.database, person, actor=actor)


# --- care ----------------------------------------------------------------------------------------


@_call("quote")
def _quote(world: World, actor: Actor, person: str) -> None:
    world.settlements.quote(world.visit("q", person), actor=actor)


@_call("quote")
def _quote_recorded(world: World, actor: Actor, person: str) -> None:
    world.settlements.quote_recorded(person, f"{person}-recorded", actor=actor)


@_call("record_visit")
def _record_visit(world: World, actor: Actor, person: str) -> None:
    visit = world.visit("new", person, items=())
    visits.record_visit(world.database, world.key(), visit, actor=actor)


@_call("record_visit")
def _record_items(world: World, actor: Actor, person: str) -> None:
    name = f"{person}-recorded"
    visits.record_items(world.database, world.key(), person, name, [LINE], day=DAY, actor=actor)


@_call("record_visit")
def _cancel_items(world: World, actor: Actor, person: str) -> None:
    name = f"{person}-recorded"
    visits.cancel_items(world.database, world.key(), person, name, [1], day=DAY, actor=actor)


@_call("record_visit")
def _discharge(world: World, actor: Actor, person: str) -> None:
    name = f"{person}-recorded"
    visits.discharge(world.database, world.key(), person, name, DAY, actor=actor)


@_call("settle")
def _settle(world: World, actor: Actor, person: str) -> None:
    world.settlements.settle(world.key(), world.visit("new", person), actor=actor)


@_call("settle")
def _settle_recorded(world: World, actor: Actor, person: str) -> None:
    world.settlements.settle_recorded(world.key(), person, f"{person}-recorded", actor=actor)


@_call("settle_claim")
def _settle_claim(world: World, actor: Actor, person: str) -> None:
    claim = world.visit("claim", person, channel="manual")
    world.settlements.settle(world.key(), claim, actor=actor)


@_call("reverse")
def _reverse(world: World, actor: Actor, person: str) -> None:
    world.reversals.reverse(world.key(), person, f"{person}-settled", actor=actor)


@_call("reverse")
def _reverse_unknown(world: World, actor: Actor, person: str) -> None:
    withdrawn = Key("h1", "settle", f"m-{person}")
    world.reversals.reverse_unknown(world.key(), withdrawn, person, actor=actor)


@_call("readjudicate")
def _propose(world: World, actor: Actor, person: str) -> None:
    world.readjudications.propose(person, f"{person}-settled", actor=actor)


@_call("readjudicate")
def _apply(world: World, actor: Actor, person: str) -> None:
    name = f"{person}-settled"
    proposal = "x"
    if may(actor, "readjudicate", person):
        proposal = world.readjudications.propose(person, name, actor=actor)["proposal"]
    world.readjudications.apply(world.key(), person, name, proposal, actor=actor)


@_call("readjudicate")
def _apply_impact(world: World, actor: Actor, person: str) -> None:
    given = (world.database, world.packs, world.key(), person, "x")
    if may(actor, "readjudicate", person):
        with pytest.raises(yibao.errors.ConflictError, match="请重新评估"):
            impact.apply_impact(*given, actor=actor)
        return  # nothing was proposed
    impact.apply_impact(*given, actor=actor)


@_call("read_settlement")
def _read_settlement(world: World, actor: Actor, person: str) -> None:
    world.settlements.read(person, f"{person}-settled", actor=actor)


@_call("file")
def _file(world: World, actor: Actor, person: str) -> None:
    away = world.packs.area("北京市").code
    wanted = Filing(person, "long_stay", away, None, DAY, None)
    crossing.file(world.database, world.packs, world.key(), wanted, actor=actor)


@_call("file")
def _record_filing(world: World, actor: Actor, person: str) -> None:
    wanted = Filing(person, "chronic", None, "other_diabetes", DAY, None)
    crossing.record(world.database, world.key(), wanted, actor=actor)


@_call("file")
def _change_filing(world: World, actor: Actor, person: str) -> None:
    filing_id = world.filing_id(person)
    crossing.change(world.database, world.key(), person, filing_id, end=DAY, actor=actor)


@_call("file")
def _cancel_filing(world: World, actor: Actor, person: str) -> None:
    filing_id = world.filing_id(person)
    crossing.cancel(world.database, world.key(), person, filing_id, DAY, actor=actor)


@_call("register_institution")
def _register_institution(world: World, actor: Actor, person: str) -> None:
    made = Institution("new", world.area, "pharmacy")
    institutions.register_institution(world.database, made, actor=actor)


@_call("register_institution")
def _change_institution(world: World, actor: Actor, person: str) -> None:
    made = Institution("h1", world.area, "hospital", 2)
    institutions.change_institution(world.database, made, DAY, actor=actor)


@_call("register_institution")
def _end_designation(world: World, actor: Actor, person: str) -> None:
    institutions.end_designation(world.database, "h1", DAY, actor=actor)


@_call("load_catalogue")
def _load_catalogue(world: World, actor: Actor, person: str) -> None:
    path = Path(str(world.database.engine.url.database)).with_suffix(".csv")
    if not path.exists():
        path.write_text(
            ",".join(catalogue.COLUMNS) + "\nD1,某药,A,drug,,,0,,2024-01-01,\n", encoding="utf-8"
        )
    catalogue.load_catalogue(world.database, path, actor=actor)


# --- the whole store, ledger, access -------------------------------------------------------------


@_call("assess_impact")
def _impact(world: World, actor: Actor, person: str) -> None:
    assert list(impact.impact(world.database, world.packs, actor=actor)) == []


@_call("replay")
def _replay(world: World, actor: Actor, person: str) -> None:
    assert list(replay.replay(world.database, actor=actor)) == []


@_call("rebuild")
def _rebuild(world: World, actor: Actor, person: str) -> None:
    assert list(replay.rebuild(world.database, actor=actor)) == []


@_call("rebuild")
def _rebuild_balances(world: World, actor: Actor, person: str) -> None:
    assert rebuild_balances(world.database, actor=actor) == []


@_call("mend_balances")
def _mend_balances(world: World, actor: Actor, person: str) -> None:
    rebuild_balances(world.database, actor=actor, apply=True)


@_call("snapshot")
def _take_snapshots(world: World, actor: Actor, person: str) -> None:
    take_snapshots(world.database, DAY, actor=actor)


@_call("read_account")
def _account_statement(world: World, actor: Actor, person: str) -> None:
    account_statement(world.database, f"personal:{person}", DAY, DAY, actor=actor)


@_call("read_account")
def _suspense_statement(world: World, actor: Actor, person: str) -> None:
    made = account_statement(world.database, f"suspense:{person}", DAY, DAY, actor=actor)
    assert made.closing == 500


@_call("read_ledger")
def _fund_statement(world: World, actor: Actor, person: str) -> None:
    account_statement(world.database, "payable:h1", DAY, DAY, actor=actor)


@_call("read_ledger")
def _shared_balances(world: World, actor: Actor, person: str) -> None:
    assert shared_balances(world.database, actor=actor)


@_call("export_ledger")
def _export_books(world: World, actor: Actor, person: str) -> None:
    lines: list[str] = []
    export_books(world.database, lines.extend, actor=actor)
    assert lines


@_call("seal")
def _seal_heads(world: World, actor: Actor, person: str) -> None:
    seal_heads(world.database, actor)


@_call("manage_actors")
def _add_user(world: World, actor: Actor, person: str) -> None:
    add_user(world.database, actor, "new", PASSWORD, Role.AUDITOR)


@_call("manage_actors")
def _set_password(world: World, actor: Actor, person: str) -> None:
    set_password(world.database, actor, "somebody", "another password")


@_call("manage_actors")
def _close_user(world: World, actor: Actor, person: str) -> None:
    close_user(world.database, actor, "somebody", DAY)


@_call("manage_keys")
def _issue_key(world: World, actor: Actor, person: str) -> None:
    issue_key(world.database, actor, "h1", DAY)


@_call("manage_keys")
def _revoke_key(world: World, actor: Actor, person: str) -> None:
    key_id = "none"
    if may(actor, "manage_keys"):
        key_id = issue_key(world.database, actor, "h1", DAY).key_id
    revoke_key(world.database, actor, key_id, DAY)


BY_OTHERS = {
    # Asked by entry points, with `require` or `read_record` of their own around read fragments.
    "show_credential",
    "scan_credential",
    "read_receipt",
    "read_trail",
    "verify_trail",
}


# --- the walk ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared store; each allowed call works on a copy."""
    file = tmp_path_factory.mktemp("permissions") / "store.db"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("YIBAO_SECRET_KEY", "5a" * 32)  # as in every test of the store
        packs = PolicyLibrary.load()
        database = open_database(f"sqlite:///{file}")
        whole_schema()  # every room's tables
        database.create_all()
        World(database, packs, packs.area("太原市").code).set_up()
        database.dispose()
    return file


def _opened(file: Path, packs: PolicyLibrary) -> World:
    return World(open_database(f"sqlite:///{file}"), packs, packs.area("太原市").code)


def _everything(database: Database) -> dict[str, list[str]]:
    """Every row of every table."""
    tables = whole_schema().sorted_tables
    return database.read(
        lambda unit: {
            table.name: sorted(str(tuple(row)) for row in unit.run(select(table)))
            for table in tables
        }
    )


AT_OWN_PLACE = {"file", "find_person", "read_person", "read_grants"}
"""What belongs to no institution: each does it for whoever stands at its own counter."""


def _allowed(operation: str, actor: Actor, person: str) -> bool:
    """What the matrix says; the institution of every visit is ``h1``."""
    place = actor.institution_id if operation in AT_OWN_PLACE else "h1"
    return may(actor, operation, person, place)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_allowed_calls_pass_and_denied_ones_leave_no_trace(
    name: str, template: Path, tmp_path: Path, packs: PolicyLibrary
) -> None:
    operation, call = CALLS[name]
    denied = [one for one in CALLERS if not _allowed(operation, *one)]
    assert denied or MATRIX[operation].keys() >= set(Role)
    world = _opened(template, packs)
    before = _everything(world.database)
    for actor, person in denied:
        with pytest.raises(DeniedError, match="没有做任何改动"):
            call(world, actor, person)
    assert _everything(world.database) == before
    world.database.dispose()
    for number, (actor, person) in enumerate(CALLERS):
        if not _allowed(operation, actor, person):
            continue
        copy = tmp_path / f"{number}.db"
        shutil.copyfile(template, copy)
        own = _opened(copy, packs)
        call(own, actor, person)
        own.database.dispose()


def test_every_operation_of_the_matrix_is_called() -> None:
    assert {operation for operation, _ in CALLS.values()} | BY_OTHERS == set(MATRIX)


# --- no operation forgets to ask -----------------------------------------------------------------

ROOMS = ("insured", "aid", "crossing", "care", "ledger")
PUBLIC = {
    "verify_receipt": "whoever holds a receipt's number may ask whether it is genuine",
    "institutions_in": "names of institutions are public",
    "fee_lines": "the catalogue is public",
    "everybody": "ids for replay and impact, which have asked",
    "run_job": "works for operations that have asked",
    "job_result": "where a job stands, as its operation answers",
    "write_payment": "part of operations that have asked",
    "give_back": "part of operations that have asked",
}
"""Functions that open a transaction and ask nobody, with the reason."""


def _functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    root = Path(inspect.getfile(yibao)).parent
    for room in ROOMS:
        for file in sorted((root / room).glob("*.py")):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef):
                    yield f"{room}.{file.stem}", node
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    for part in node.body:
                        if isinstance(part, ast.FunctionDef) and "self.database" in ast.unparse(
                            part
                        ):
                            yield f"{room}.{file.stem}.{node.name}", part


def _asked(node: ast.FunctionDef) -> set[str]:
    """Operations of the matrix that a function's own statements ask for."""
    found = set()
    for part in ast.walk(node):
        if not isinstance(part, ast.Call) or not isinstance(part.func, ast.Name):
            continue
        if part.func.id in ("require", "require_place", "read_record", "_require", "may"):
            found |= {
                one.value
                for one in ast.walk(part)
                if isinstance(one, ast.Constant) and one.value in MATRIX
            }
        if part.func.id in ("_require", "_require_settle"):
            found.add(part.func.id)
    return found


def test_no_operation_forgets_to_ask() -> None:
    """Whatever is public and opens a transaction has an actor and names an operation."""
    forgot = []
    seen = set()
    for place, node in _functions():
        arguments = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
        opens = "database" in arguments or "self" in arguments
        if node.name.startswith("_") or not opens:
            continue
        seen.add(node.name)
        if node.name in PUBLIC:
            continue
        if "actor" not in arguments or not _asked(node):
            forgot.append(f"{place}.{node.name}")
    assert forgot == []
    assert seen >= set(PUBLIC)


def test_who_may_act_for_whom_is_what_the_actor_brings() -> None:
    for operation, roles in MATRIX.items():
        reach = roles.get(Role.INSURED)
        if reach is Reach.OWN:
            with pytest.raises(DeniedError, match="只限本人的业务"):
                require(WANG, operation, "child")
