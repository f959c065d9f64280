"""A store in which everybody owns one of everything, and the people who knock at its doors."""

from __future__ import annotations

import datetime
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from yibao.access.agencies import add_agency
from yibao.access.operations import Key
from yibao.access.permissions import POSTS, Actor, Role, institution_actor, officer
from yibao.access.sessions import open_session
from yibao.access.tokens import make_token
from yibao.access.users import SYSTEM, add_user
from yibao.aid import operations as aid
from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Filing,
    Grant,
    Institution,
    Item,
    Person,
    Visit,
)
from yibao.care import institutions
from yibao.care.settling import Settlements
from yibao.care.tables import settlement
from yibao.crossing import operations as crossing
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.exchange.reading import filing_rows
from yibao.insured import operations as insured
from yibao.insured.enrolment.documents import Proof, catalogue
from yibao.insured.payments.channels import SandboxChannel
from yibao.insured.people.acting import acting
from yibao.policy.compile import PolicyLibrary

AT = datetime.datetime(2025, 11, 20, 3, tzinfo=datetime.UTC)
DAY = AT.date()
_AREA, ELSEWHERE_AREA = "140100", "310000"
_CLERK = officer("founder")
WANG, SON, SISTER, STRANGER, FRIEND = "wang", "son", "sister", "strange-zhao", "strange-qian"
"""Wang acts; the others are a ward, a relative, somebody unknown and that one's relative."""
TARGETS = (WANG, SON, SISTER, STRANGER)
HERE, ELSEWHERE = "place-one", "place-two"
_NAMES = {WANG: "王一", SON: "王小", SISTER: "王二", STRANGER: "赵陌生", FRIEND: "钱陌生"}
NONE_OF_CLEARING = dict.fromkeys(
    (
        *("institution", "application", "doubt", "points_period", "goods_list", "price_list"),
        "between",
        "import_run",
        "catalogue_change",
    ),
    "none",
)
"""What an institution has of its own, of which nobody here has any."""
_KEYS = itertools.count(1)


def key(sender: str = "founder") -> Key:
    """Another message."""
    return Key(sender, "doors", f"key-{next(_KEYS):08}")


@dataclass
class Knocker:
    """Somebody at the door."""

    name: str
    actor: Actor | None
    """With wards and relatives as on record; None: nobody."""
    headers: dict[str, str] = field(default_factory=dict)
    form_token: str = ""
    reads_only: bool = False

    @property
    def is_institution(self) -> bool:
        return self.actor is not None and self.actor.role is Role.INSTITUTION


@dataclass
class Town:
    """The store, who knocks, and what belongs to whom."""

    database: Database
    packs: PolicyLibrary
    objects: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """Of each person the things that a path or a body may name, at each institution."""
    knockers: list[Knocker] = field(default_factory=list)

    def rows(self) -> dict[str, set[str]]:
        """Every row of every table but those of sessions, which are touched by reading."""
        tables = [table for table in whole_schema().sorted_tables if table.name != "session"]
        return self.database.read(
            lambda unit: {
                table.name: {str(tuple(row)) for row in unit.run(select(table))} for table in tables
            }
        )


class Watch:
    """Tells whether anything was committed to a store since it was last asked."""

    def __init__(self, database: Database) -> None:
        self._connection = database.engine.connect()
        self.seen = self._version()

    def _version(self) -> Any:
        version = self._connection.execute(text("PRAGMA data_version")).scalar_one()
        self._connection.rollback()
        return version

    def moved(self) -> bool:
        """Whether it was."""
        before, self.seen = self.seen, self._version()
        return bool(before != self.seen)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def found_town(folder: Path, packs: PolicyLibrary) -> Town:
    """Made once; every walk leaves it as it was."""
    whole_schema()
    database = open_database(f"sqlite:///{folder / 'town.db'}")
    database.create_all()
    town = Town(database, packs)
    for place in (HERE, ELSEWHERE):
        facts = Institution(place, _AREA, "hospital", 1)
        institutions.register_institution(database, facts, actor=_CLERK)
    for name in _NAMES:
        _register(town, name)
    for person, relative, relation in (
        (WANG, SON, "child"),
        (WANG, SISTER, "sibling"),
        (STRANGER, FRIEND, "sibling"),
    ):
        insured.relate(
            database,
            key(),
            insured.Relation(person, relative, relation, datetime.date(2019, 1, 1)),
            actor=_CLERK,
            proofs=[Proof(catalogue()["relations"][relation][0])],
        )
    _people_with_logins(town)
    for name, relative in ((WANG, SISTER), (SISTER, WANG), (STRANGER, FRIEND)):
        _live(town, name, relative)
    _be_ill(town, SON)
    # Without the pack nobody knows that no review is asked for: it waits for one.
    applied = aid.grant(
        database,
        key(),
        Grant(FRIEND, STRANGER, "sibling", DAY, None, None),
        actor=_CLERK,
        consent=aid.Consent("1", "同意"),
        on=DAY,
    )
    for things in town.objects[STRANGER]:
        things["case"] = applied["case"]
    town.objects[SON] = [
        {
            **things,
            "grant": "none",
            "batch": "none",
            "hit": "none",
            "voucher": "none",
            "fund_budget": "none",
            "table": "T4",
            "employer": "none",
            **NONE_OF_CLEARING,
            "order": "none",
            "bill": "none",
            "token": "none",
            "case": "none",
            "document": "none",
        }
        for things in _settled(town, SON)
    ]
    return town


def _register(town: Town, name: str) -> None:
    is_child = name == SON
    birth = datetime.date(2019, 1, 1) if is_child else datetime.date(1980, 3, 15)
    start = datetime.date(2020, 1, 1)
    contributions = tuple(
        EmployeeContribution(202500 + month, 800_000, datetime.date(2025, month, 2))
        for month in range(1, 10)
    )
    insured.register(
        town.database,
        Person(
            id=name,
            sex="female",
            birth=birth,
            area=_AREA,
            groups=(),
            enrolments=(
                Enrolment("resident", None, start, None, _AREA)
                if is_child
                else Enrolment("employee", "working", start, None, _AREA, "flexible"),
            ),
            contributions_resident=() if is_child else None,
            contributions_employee=None if is_child else contributions,
        ),
        actor=_CLERK,
        balance=0 if is_child else 500_000,
        day=start,
        named=insured.Named(_NAMES[name], "passport", f"DOORS{list(_NAMES).index(name):04}"),
        library=town.packs,
    )


def _people_with_logins(town: Town) -> None:
    database = town.database
    town.knockers.append(Knocker("nobody", None))
    _staff(town)
    for login, role, person, place in (
        (WANG, Role.INSURED, WANG, None),
        (STRANGER, Role.INSURED, STRANGER, None),
        ("officer", Role.OFFICER, None, None),
        ("auditor", Role.AUDITOR, None, None),
        ("administrator", Role.ADMINISTRATOR, None, None),
        (HERE, Role.INSTITUTION, None, HERE),
        (ELSEWHERE, Role.INSTITUTION, None, ELSEWHERE),
    ):
        user = add_user(
            database,
            SYSTEM,
            f"login-{login}",
            "long enough words",
            role,
            person_id=person,
            institution_id=place,
        )
        actor = acting(database, user, DAY)
        session = open_session(database, user, AT)
        cookie = {"Cookie": f"session={session.token}"}
        if login != STRANGER:
            town.knockers.append(Knocker(role.value, actor, cookie, session.form_token))
        token, secret = make_token(database, user, "程序", 30, writes=False, at=AT)
        if login == WANG:
            bearer = {"Authorization": f"Bearer {secret}"}
            town.knockers.append(Knocker("reading token", actor, bearer, reads_only=True))
        if person is not None:
            town.objects[person] = [{"token": token.token}]


def _staff(town: Town) -> None:
    """Every post at the agency of the people's area, and a clerk of an agency elsewhere."""
    database = town.database
    here, away = (
        add_agency(database, SYSTEM, name, area).agency
        for name, area in (("本地医保中心", _AREA), ("外地医保中心", ELSEWHERE_AREA))
    )
    posts = [(post.value, post, here) for post in POSTS]
    for name, post, agency in (*posts, ("clerk elsewhere", Role.CLERK, away)):
        user = add_user(
            database, SYSTEM, f"login-{name}", "long enough words", post, agency_id=agency
        )
        session = open_session(database, user, AT)
        cookie = {"Cookie": f"session={session.token}"}
        town.knockers.append(Knocker(name, user, cookie, session.form_token))


def _live(town: Town, name: str, relative: str) -> None:
    database, packs = town.database, town.packs
    _be_ill(town, name)
    orders = []
    for month, pay in ((202512, True), (202601, False)):
        billed = insured.make_bill(
            database, packs, key(), name, DAY, actor=_CLERK, month=month, base=800_000
        )
        bill = billed["bills"][0]["bill"]
        order = insured.create_order(database, key(), name, bill, "wechat", actor=_CLERK, at=AT)
        orders.append((order["order"], bill))
        if pay:
            channel = SandboxChannel("wechat")
            insured.pay_order(database, packs, channel, name, order["order"], actor=_CLERK, at=AT)
    grant = Grant(name, relative, "sibling", DAY, None, None)
    consent = aid.Consent("1", "同意")
    granted = aid.grant(
        database, key(), grant, actor=_CLERK, consent=consent, library=packs, on=DAY
    )
    own = town.objects.get(name, [{"token": "none"}])[0]
    town.objects[name] = [
        {
            **own,
            **things,
            "grant": granted["grant_id"],
            "batch": "none",
            "hit": "none",
            "voucher": "none",
            "fund_budget": "none",
            "table": "T4",
            "employer": "none",
            **NONE_OF_CLEARING,
            "case": granted.get("case", "none"),
            "document": "none",
            "order": orders[-1][0],
            "bill": orders[-1][1],
        }
        for things in _settled(town, name)
    ]


def _be_ill(town: Town, name: str) -> None:
    settlements = Settlements(town.database, town.packs)
    for place in (HERE, ELSEWHERE):
        visit = Visit(
            f"visit-of-{name}-at-{place}", name, place, "outpatient", DAY, DAY, (Item("A", 20_000),)
        )
        settlements.settle(key(place), visit, actor=institution_actor(place))
    chronic = Filing(name, "chronic", None, "hypertension", DAY, None)
    crossing.record(town.database, key(), chronic, actor=_CLERK)


def _settled(town: Town, name: str) -> list[dict[str, str]]:
    query = select(settlement.c.settlement_id, settlement.c.visit_id, settlement.c.institution_id)
    query = query.where(settlement.c.person_id == name)
    rows = town.database.read(lambda unit: unit.run(query).all())
    filing = str(filing_rows(town.database, name)[0].filing_id)
    return [
        {
            "settlement": row.settlement_id,
            "visit": row.visit_id,
            "filing": filing,
            "place": row.institution_id,
        }
        for row in sorted(rows, key=lambda row: row.institution_id != HERE)
    ]
