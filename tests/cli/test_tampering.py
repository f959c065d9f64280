"""Nothing altered goes unnoticed: 31 kinds of edits made behind the program's back, each named.

Every edit is made to a copy of a demo, with the triggers of append-only tables out of the way,
as somebody would do it who has the database's own password.  The command that must name it
ends with 1 and says what and where.
"""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.support.stores import StoreCopies

from yibao.access.operations import START, chain_hash
from yibao.access.permissions import officer
from yibao.access.tables import event
from yibao.access.tokens import make_token
from yibao.access.users import log_in
from yibao.benefit.facts import Enrolment, Item, Person, Visit
from yibao.care.tables import settlement
from yibao.cli.main import run
from yibao.database.compact import compacted
from yibao.database.schema import append_only_tables, guard_statements
from yibao.database.unit import Database, Unit, open_database
from yibao.exchange.book import Book, Booking
from yibao.exchange.sent import Sent
from yibao.exchange.visits import RegisteredVisit, new_document
from yibao.insured.people.registration import register
from yibao.insured.tables import person as people
from yibao.ledger.tables import account as accounts
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import logins

pytestmark = pytest.mark.usefixtures("secret_key")

_DAY = datetime.date(2025, 12, 20)


# --- a store with a row of every kind ------------------------------------------------------------


def _leave(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        run(arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


def _fill(url: str) -> None:
    """A demo, a settlement in the book of an institution, and a seal."""
    assert _leave("db", "demo", "--families", "3", "--url", url) == 0
    database = open_database(url)
    _register_somebody_who_is_never_ill(database)
    book = Book(_settlements(database))
    person, institution = _first_outpatient_with_account(database)
    item = Item("A", 50_000, None, None, "drug")
    visit = Visit("book-1", person, institution, "outpatient", _DAY, _DAY, (item,))
    registered = RegisteredVisit(person, "told-1", institution, _DAY, False, 0, new_document())
    at = datetime.datetime(2025, 12, 20, 2, tzinfo=datetime.UTC)
    booking = Booking("B1", "employee", "1", "140100", at)
    sent = Sent(institution, "2207", "message-1", "00")
    book.settle(sent, registered, visit, booking, lambda entry, money: f"{entry} {money.fund}")
    auditor = log_in(
        database,
        "auditor",
        {user.login: user.password for user in logins(database)}["auditor"],
        _DAY,
    )
    make_token(database, auditor, "程序", 30, writes=False, at=at)
    database.dispose()
    assert _leave("audit", "seal", "--url", url) == 0


def _first_outpatient_with_account(database: Database) -> tuple[str, str]:
    def operation(unit: Unit) -> tuple[str, str]:
        with_account = set(unit.run(select(accounts.c.person_id)).scalars())
        visits = unit.run(
            select(settlement.c.person_id, settlement.c.institution_id)
            .where(settlement.c.kind == "outpatient")
            .order_by(settlement.c.settlement_id)
        )
        return next((row[0], row[1]) for row in visits if row.person_id in with_account)

    return database.read(operation)


def _register_somebody_who_is_never_ill(database: Database) -> None:
    area = _first(database, "SELECT area FROM person").area
    enrolment = Enrolment("resident", None, _DAY, None, area)
    facts = Person("well", "male", datetime.date(1990, 1, 1), area, (), (enrolment,), None, None)
    register(database, facts, actor=officer("clerk"), day=_DAY)


def _settlements(database: Database) -> Any:
    from yibao.care.settling import Settlements

    return Settlements(database, PolicyLibrary.load())


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> StoreCopies:
    """A filled store of either database, made once."""
    return StoreCopies(_fill, tmp_path_factory.mktemp("filled"), request)


@pytest.fixture
def store(filled: StoreCopies, backend: str, tmp_path: Path) -> Iterator[Database]:
    """A copy of the filled store, for one edit."""
    with filled.copied(backend, tmp_path) as url:
        database = open_database(url)
        yield database
        database.dispose()


def _first(database: Database, query: str) -> Any:
    return database.read(lambda unit: unit.run(text(query)).first())


# --- the edits -----------------------------------------------------------------------------------


class Intruder:
    """Somebody with the database's password."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def do(self, statement: str, **values: Any) -> None:
        """Change at least one row."""
        result = self.unit.connection.execute(text(statement), values)
        assert result.rowcount != 0, statement

    def first(self, query: str, **values: Any) -> Any:
        return self.unit.connection.execute(text(query), values).first()

    def people(self) -> list[str]:
        """Everybody registered, by id."""
        return list(
            self.unit.connection.execute(
                select(people.c.person_id).order_by(people.c.person_id)
            ).scalars()
        )

    def settled(self) -> set[str]:
        """Who has settlements."""
        return set(self.unit.connection.execute(select(settlement.c.person_id)).scalars())

    def state(self, person: str) -> Any:
        """What somebody has used, as it stands in the row."""
        return self.first("SELECT state FROM person WHERE person_id = :person", person=person).state

    def json(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    @property
    def document(self) -> str:
        """How a document is written in a statement."""
        return "CAST(:value AS jsonb)" if self.unit.is_postgresql else ":value"


Alter = Callable[[Intruder], None]


@dataclass(frozen=True)
class Edit:
    """An edit with the command that names it, and words that its message must have."""

    alter: Alter
    command: tuple[str, ...]
    says: tuple[str, ...]


CHECK, VERIFY, REPLAY, REBUILD = ("db", "check"), ("audit", "verify"), ("replay",), ("rebuild",)
KEPT = ("audit", "verify", "--seal", "KEPT")
EDITS: dict[str, Edit] = {}


def edit(name: str, command: tuple[str, ...], *says: str) -> Callable[[Alter], Alter]:
    def register(alter: Alter) -> Alter:
        EDITS[name] = Edit(alter, command, says)
        return alter

    return register


def _simple(name: str, command: tuple[str, ...], says: tuple[str, ...], statement: str) -> None:
    EDITS[name] = Edit(lambda intruder: intruder.do(statement), command, says)


_LAST = "(SELECT settlement_id FROM settlement ORDER BY settlement_id DESC LIMIT 1)"
_ONE_ENTRY = (
    "FROM entry JOIN account_name ON account_name.number = entry.account "
    "WHERE account_name.kind = 'personal' ORDER BY transfer_id, person_id LIMIT 1"
)


@edit("a balanced pair of entries added", CHECK, "分录", "没有任何事件写下过")
def _(intruder: Intruder) -> None:
    row = intruder.first(f"SELECT person_id, account, day {_ONE_ENTRY}")
    other = intruder.first("SELECT number FROM account_name WHERE kind = 'fund'")
    for line, (account, amount) in enumerate(((row.account, 500), (other.number, -500))):
        intruder.do(
            "INSERT INTO entry (amount, account, day, line, person_id, transfer_id) "
            "VALUES (:amount, :account, :day, :line, :person, :transfer)",
            amount=amount,
            account=account,
            day=row.day,
            line=line,
            person=row.person_id,
            transfer=b"\x01" * 16,
        )


@edit("a balance together with its entries", CHECK, "分录", "被改动或删除")
def _(intruder: Intruder) -> None:
    row = intruder.first(
        f"SELECT person_id, transfer_id, line, amount, account_name.name AS name {_ONE_ENTRY}"
    )
    key = {"person": row.person_id, "transfer": row.transfer_id, "line": row.line}
    where = "person_id = :person AND transfer_id = :transfer"
    intruder.do(f"UPDATE entry SET amount = amount - 700 WHERE {where} AND line = :line", **key)
    other = intruder.first(
        f"SELECT min(line) AS line FROM entry WHERE {where} AND line <> :line", **key
    )
    intruder.do(
        f"UPDATE entry SET amount = amount + 700 WHERE {where} AND line = :line",
        **{**key, "line": other.line},
    )
    owner = row.name.removeprefix("personal:")
    intruder.do("UPDATE account SET balance = balance + 700 WHERE person_id = :o", o=owner)


_simple(
    "settlement.fund and own",
    CHECK,
    ("结算", "被改动过"),
    f"UPDATE settlement SET fund = fund + 100, own = own - 100 WHERE settlement_id = {_LAST}",
)


@edit("the area of an explanation", CHECK, "document_version", "被改动过")
def _(intruder: Intruder) -> None:
    """By other terms: without the key nobody writes some."""
    rows = intruder.unit.connection.execute(text("SELECT hash, body FROM document_version")).all()
    intruder.do(
        "UPDATE document_version SET body = :body WHERE hash = :hash",
        body=rows[0].body,
        hash=rows[1].hash,
    )


_simple(
    "the book's fund",
    CHECK,
    ("账", "exchange_settlement"),
    "UPDATE exchange_settlement SET fund = fund + 100",
)


@edit("state of somebody without settlements", CHECK, "person.state", "与登记时不同")
def _(intruder: Intruder) -> None:
    settled, everybody = intruder.settled(), intruder.people()
    somebody = next(name for name in everybody if name not in settled)
    other = intruder.state(next(name for name in everybody if name in settled))
    intruder.do(
        "UPDATE person SET state = :value WHERE person_id = :person",
        value=other,
        person=somebody,
    )


@edit("all seals deleted", KEPT, "库里没有这一号")
def _(intruder: Intruder) -> None:
    intruder.do("DELETE FROM seal")
    intruder.do("DELETE FROM sealed_head")


def _without_the_newest_event(intruder: Intruder) -> None:
    row = intruder.first(
        "SELECT person_id, sequence AS last FROM person WHERE sequence > 1 ORDER BY person_id"
    )
    key = {"person": compacted(row.person_id), "last": row.last}
    intruder.do("DELETE FROM event WHERE person_id = :person AND sequence = :last", **key)
    before = intruder.first(
        "SELECT hash FROM event WHERE person_id = :person AND sequence = :last - 1", **key
    )
    intruder.do(
        "UPDATE person SET sequence = :last - 1, head = :head WHERE person_id = :person",
        head=bytes(before.hash).hex(),
        last=row.last,
        person=row.person_id,
    )


@edit("seals deleted with the newest event", KEPT, "库里没有这一号")
def _(intruder: Intruder) -> None:
    _without_the_newest_event(intruder)
    intruder.do("DELETE FROM seal")
    intruder.do("DELETE FROM sealed_head")


_GRANT = "WHERE grant_id = (SELECT min(grant_id) FROM aid_grant)"
_simple(
    "a grant's limit",
    CHECK,
    ("aid_grant", "被改动过"),
    f'UPDATE aid_grant SET "limit" = 1 {_GRANT}',
)
_simple(
    "a grant's revocation",
    CHECK,
    ("aid_grant", "被改动过"),
    f"UPDATE aid_grant SET revoked_on = '2025-01-02' {_GRANT}",
)


@edit("account.grants", CHECK, "account.grants", "aid_grant")
def _(intruder: Intruder) -> None:
    row = intruder.first(
        "SELECT person_id, grants FROM account WHERE person_id IN "
        "(SELECT grantor_id FROM aid_grant) ORDER BY person_id"
    )
    grants = json.loads(row.grants) if isinstance(row.grants, str) else row.grants
    grants["grants"][0]["grant"]["limit"] = 99
    intruder.do(
        f"UPDATE account SET grants = {intruder.document} WHERE person_id = :person",
        value=intruder.json(grants),
        person=row.person_id,
    )


_ORDER = "WHERE order_id = (SELECT min(order_id) FROM order_)"
_simple(
    "the amount of an order",
    CHECK,
    ("order_", "被改动过"),
    f"UPDATE order_ SET amount = 1 {_ORDER}",
)
_simple(
    "the status of an order",
    CHECK,
    ("order_", "被改动过"),
    f"UPDATE order_ SET status = 'failed' {_ORDER}",
)
_simple(
    "the amount of a payment",
    CHECK,
    ("channel_payment", "被改动过"),
    "UPDATE channel_payment SET amount = amount + 1 "
    "WHERE order_id = (SELECT min(order_id) FROM channel_payment)",
)
_simple(
    "what a bill asks for",
    CHECK,
    ("bill", "被改动过"),
    "UPDATE bill SET due = due - 1 WHERE bill_id = (SELECT min(bill_id) FROM bill)",
)
_simple(
    "the number of a receipt",
    CHECK,
    ("receipt", "不见了"),
    "UPDATE receipt SET receipt_no = 'X' WHERE receipt_no = (SELECT min(receipt_no) FROM receipt)",
)


@edit("what a message was answered", CHECK, "报文", "被改动或删除")
def _(intruder: Intruder) -> None:
    """By the answer of another: without the key nobody writes one."""
    settled = (
        "SELECT sender, operation, message_id, answer FROM message WHERE operation = 'settle' "
    )
    row = intruder.first(settled + "ORDER BY sender, message_id")
    other = intruder.first(settled + "ORDER BY sender DESC, message_id DESC")
    intruder.do(
        "UPDATE message SET answer = :value "
        "WHERE sender = :sender AND operation = :operation AND message_id = :message_id",
        **row._asdict() | {"value": other.answer},
    )


@edit("an answer in bytes of one's own", CHECK, "报文", "被改动或删除")
def _(intruder: Intruder) -> None:
    intruder.do("UPDATE message SET answer = :value WHERE operation = 'settle'", value=b"1" * 64)


_simple(
    "the class of an institution",
    CHECK,
    ("institution", "被改动过"),
    "UPDATE institution SET price_class = 3 WHERE institution_id = "
    "(SELECT min(institution_id) FROM institution WHERE price_class IS NOT NULL "
    "AND price_class <> 3)",
)


@edit("the cipher of an identity number", CHECK, "证件", "打不开")
def _(intruder: Intruder) -> None:
    first, second = intruder.unit.connection.execute(
        text("SELECT person_id, number_cipher FROM identity ORDER BY person_id LIMIT 2")
    ).all()
    intruder.do(
        "UPDATE identity SET number_cipher = :cipher WHERE person_id = :person",
        cipher=second.number_cipher,
        person=first.person_id,
    )


_simple(
    "the hash of an identity number",
    CHECK,
    ("证件", "散列"),
    f"UPDATE identity SET identity_hash = '{'0' * 64}' "
    "WHERE person_id = (SELECT min(person_id) FROM identity)",
)
_simple(
    "the role of a user",
    CHECK,
    ("actor", "被改动过"),
    "UPDATE actor SET role = 'administrator' WHERE role = 'auditor'",
)
_simple(
    "the owner of a token",
    CHECK,
    ("token", "不见了"),
    "UPDATE token SET actor_id = (SELECT actor_id FROM actor WHERE role = 'administrator')",
)
_simple("what a token may do", CHECK, ("token", "被改动过"), "UPDATE token SET writes = NOT writes")
_simple(
    "how long a token is good",
    CHECK,
    ("token", "被改动过"),
    "UPDATE token SET expires_at = '2099-01-01 00:00:00'",
)
_simple(
    "a monthly credit",
    CHECK,
    ("monthly_credit", "被改动过"),
    "UPDATE monthly_credit SET amount = amount + 1 WHERE person_id = "
    "(SELECT min(person_id) FROM monthly_credit)",
)

# Those that were seen before.
_simple(
    "a one-sided entry",
    CHECK,
    ("不平",),
    "UPDATE entry SET amount = amount + 1 WHERE transfer_id = (SELECT min(transfer_id) FROM entry) "
    "AND line = 0",
)
_simple("a balance alone", CHECK, ("个人账户余额",), "UPDATE account SET balance = balance + 1")


@edit("accumulators of somebody with settlements", REBUILD, "累计")
def _(intruder: Intruder) -> None:
    settled = intruder.settled()
    somebody, other = [name for name in intruder.people() if name in settled][:2]
    intruder.do(
        "UPDATE person SET state = :value WHERE person_id = :person",
        value=intruder.state(other),
        person=somebody,
    )


_FIRST_EVENT = "WHERE sequence = 1 AND person_id = :person"


@edit("the content of an event", VERIFY, "审计链", "断开")
def _(intruder: Intruder) -> None:
    person = compacted(intruder.people()[0])
    other = intruder.first("SELECT content FROM event WHERE sequence = 2")
    intruder.do(
        f"UPDATE event SET content = :value {_FIRST_EVENT}", value=other.content, person=person
    )


@edit("the content of an event in bytes of one's own", VERIFY, "审计链", "断开")
def _(intruder: Intruder) -> None:
    person = compacted(intruder.people()[0])
    intruder.do(f"UPDATE event SET content = :value {_FIRST_EVENT}", value=b"{}", person=person)


@edit("the actor of an event", VERIFY, "审计链", "断开")
def _(intruder: Intruder) -> None:
    person = compacted(intruder.people()[0])
    intruder.do(f"UPDATE event SET actor = 'x' {_FIRST_EVENT}", person=person)


_simple(
    "a contribution deleted",
    CHECK,
    ("contribution", "不见了"),
    "DELETE FROM contribution WHERE person_id = (SELECT min(person_id) FROM contribution) "
    "AND period = (SELECT max(period) FROM contribution WHERE person_id = "
    "(SELECT min(person_id) FROM contribution))",
)


@edit("a rulebook", REPLAY, "规则书")
def _(intruder: Intruder) -> None:
    rows = intruder.unit.connection.execute(text("SELECT hash, canonical FROM rulebook")).all()
    for row in rows:
        canonical = (
            row.canonical if isinstance(row.canonical, str) else intruder.json(row.canonical)
        )
        intruder.do(
            f"UPDATE rulebook SET canonical = {intruder.document} WHERE hash = :hash",
            value=canonical.replace("8500", "9500"),
            hash=row.hash,
        )


_simple(
    "a settlement deleted",
    CHECK,
    ("结算不见了",),
    f"DELETE FROM settlement WHERE settlement_id = {_LAST}",
)


@edit("the newest event deleted after a seal", VERIFY, "封存不符")
def _(intruder: Intruder) -> None:
    _without_the_newest_event(intruder)


@edit("a chain recomputed after a seal", VERIFY, "封存不符")
def _(intruder: Intruder) -> None:
    person = intruder.people()[0]
    rows = intruder.unit.connection.execute(
        select(event).where(event.c.person_id == person).order_by(event.c.sequence)
    ).all()
    previous = START
    for row in rows:
        previous = chain_hash(
            person, row.sequence, row.at, "x", row.operation, row.content, previous
        )
        intruder.do(
            "UPDATE event SET actor = 'x', hash = :hash "
            "WHERE person_id = :person AND sequence = :sequence",
            hash=compacted(previous),
            person=compacted(person),
            sequence=row.sequence,
        )
    intruder.do(
        "UPDATE person SET head = :head WHERE person_id = :person", head=previous, person=person
    )


# --- every one of them is named ------------------------------------------------------------------


def _alter(database: Database, altered: Edit) -> None:
    """Make the edit with the guards out of the way, and put them back."""
    with database.engine.connect() as connection:
        connection.begin()
        unit = Unit(connection)
        tables = append_only_tables()
        if unit.is_postgresql:
            for name in tables:
                connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER append_only_{name}"))
            altered.alter(Intruder(unit))
            for name in tables:
                connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER append_only_{name}"))
        else:
            for name, action in itertools.product(tables, ("update", "delete")):
                connection.execute(text(f"DROP TRIGGER append_only_{name}_{action}"))
            altered.alter(Intruder(unit))
            for name in tables:
                for statement in guard_statements(name, "sqlite"):
                    connection.execute(text(statement))
        connection.commit()


def test_there_are_31_kinds_of_edits() -> None:
    """The cipher and the hash of an identity number are one kind, and so are an answer or an
    event from elsewhere and one in bytes of one's own; each is tried.  Three more are made to
    a token."""
    assert len(EDITS) == 31 + 3 + 3


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_behind_the_programs_back_is_named(
    name: str, store: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    altered = EDITS[name]
    sealed = _first(store, "SELECT number, hash FROM seal ORDER BY number DESC")
    _alter(store, altered)
    capsys.readouterr()
    words = [
        f"{sealed.number}={sealed.hash}" if word == "KEPT" else word for word in altered.command
    ]
    url = store.engine.url.render_as_string(hide_password=False)
    code = _leave(*words, "--url", url.replace("+psycopg", ""))
    told = capsys.readouterr()
    assert code == 1, (name, told)
    lines = [line for line in told.out.splitlines() if not line.startswith("注意：")]
    assert any(all(word in line for word in altered.says) for line in lines), (name, lines)


def test_a_store_that_nobody_altered_passes(
    store: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed = _first(store, "SELECT number, hash FROM seal ORDER BY number DESC")
    url = store.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    for command in (CHECK, VERIFY, REPLAY, REBUILD):
        assert _leave(*command, "--url", url) == 0, (command, capsys.readouterr())
    assert _leave("audit", "verify", "--seal", f"{sealed.number}={sealed.hash}", "--url", url) == 0
