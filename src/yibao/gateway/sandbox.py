"""A sandbox: made-up institutions, people and catalogue, and situations set up on request."""

from __future__ import annotations

import csv
import datetime
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from yibao.access.operations import Key
from yibao.access.permissions import officer
from yibao.aid import operations as aid
from yibao.benefit.facts import (
    Enrolment,
    Filing,
    Grant,
    GroupMembership,
    Institution,
    Person,
    ResidentContribution,
)
from yibao.benefit.people import scheme_in_year
from yibao.benefit.state import PersonState
from yibao.benefit.terms import Accumulators
from yibao.care.catalogue import COLUMNS, OF_THE_STORE, load_catalogue
from yibao.care.institutions import register_institution
from yibao.clearing.operations import Agreement, agree
from yibao.crossing import operations as crossing
from yibao.database.alone import alone_with
from yibao.database.engines import sqlite_file
from yibao.database.migrating import upgrade
from yibao.database.nature import Nature, require_sandbox
from yibao.database.place import make_file
from yibao.database.unit import Database, open_database
from yibao.disbursement.payees import payee_of
from yibao.errors import InputError
from yibao.exchange import control
from yibao.exchange.people import make_up
from yibao.insured.people.certificates import RESIDENT
from yibao.messages import CHINESE, message
from yibao.money import parse_yuan
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import (
    HOSPITALS,
    FilingKind,
    HospitalGrade,
    InstitutionKind,
    RelationKind,
    Scheme,
    Sex,
    Status,
    member,
)

SENDER = "sandbox"
ACTOR = officer(SENDER)
"""Who makes a sandbox: an officer by the name of the sandbox."""
FAULTS = {
    "timeout": message("做完后很久才应答，客户端等不到"),
    "slow": message("应答慢几秒"),
    "signature": message("应答的签名是错的"),
    "busy": message("回答平台繁忙，什么也没做"),
    "error": message("回答平台内部错误，什么也没做"),
}
"""What may be told to happen to the next message."""


def seed() -> dict[str, Any]:
    """What a new sandbox holds."""
    text = (resources.files("yibao.gateway") / "data" / "sandbox.yaml").read_text(encoding="utf-8")
    contents: dict[str, Any] = yaml.safe_load(text)
    return contents


def sandbox_area(library: PolicyLibrary) -> str:
    """The area whose pack says most."""
    return max(library.areas(), key=lambda area: len(area.complete)).code


Fill = Callable[[Database], None]
"""What else a sandbox begins with."""


def _nothing(_: Database) -> None:
    """Nothing else."""


def open_sandbox(
    library: PolicyLibrary, url: str, waiting: Callable[[], None] = lambda: None
) -> Database:
    """The store of a sandbox: made where nothing is yet, made again where it was cut off.

    ``RefusedError`` for a real store, which is not touched.  ``waiting`` is called where
    another process makes it meanwhile.
    """
    database = open_database(url)
    try:
        with alone_with(database.engine, waiting):
            complete(database, library)
    except BaseException:
        database.dispose()
        raise
    return database


def complete(database: Database, library: PolicyLibrary, fill: Fill = _nothing) -> None:
    """Make a sandbox of an empty store, or bring one to this version and to its end.

    Whoever calls is alone with the store.
    """
    file = sqlite_file(database.engine.url)
    if file is not None and not file.exists():
        make_file(file)
    if database.is_empty():
        upgrade(database, new=Nature.SANDBOX)
        _begin(database, library, fill)
        return
    database.read(lambda unit: require_sandbox(unit.connection))
    upgrade(database)
    if not control.is_whole(database):
        control.begin_again(database)
        _begin(database, library, fill)


def _begin(database: Database, library: PolicyLibrary, fill: Fill) -> None:
    fill(database)
    finish(database, library)


def finish(database: Database, library: PolicyLibrary) -> None:
    """What every sandbox has beside what it began with; it is whole then."""
    _prepare(database, library)
    control.tell_whole(database)


def _prepare(database: Database, library: PolicyLibrary) -> None:
    """The institutions, people and catalogue that every sandbox has."""
    area, contents = sandbox_area(library), seed()
    for hospital in contents["institutions"]:
        add_institution(
            database,
            hospital["code"],
            hospital["name"],
            area,
            kind=hospital["kind"],
            price_class=hospital.get("price_class"),
            grade=hospital.get("grade"),
            dual_channel=hospital.get("dual_channel", False),
        )
    for somebody in contents["people"]:
        add_person(
            database,
            NewPerson(
                psn_no=somebody["psn_no"],
                name=somebody["name"],
                number=somebody["number"],
                certificate=RESIDENT,
                area=area,
                sex=somebody["sex"],
                birth=somebody["birth"],
                scheme=somebody["scheme"],
                status=somebody.get("status"),
                since=datetime.date(somebody["since"], 1, 1),
                balance=parse_yuan(somebody["account"]),
            ),
        )
    for sharing in contents["grants"]:
        start = datetime.date(sharing["since"], 1, 1)
        add_grant(database, sharing["grantor"], sharing["grantee"], sharing["relation"], start)
    for disease_filing in contents["filings"]:
        filing = Filing(
            disease_filing["person"],
            FilingKind(disease_filing["kind"]),
            None,
            disease_filing["disease"],
            datetime.date(disease_filing["since"], 1, 1),
        )
        key = Key(SENDER, "file", f"{disease_filing['person']}-{disease_filing['disease']}")
        crossing.record(database, key, filing, actor=ACTOR)
    add_catalogue(database, contents["catalogue"], datetime.date(2018, 1, 1))


def reset(database: Database, library: PolicyLibrary, fill: Fill = _nothing) -> None:
    """Empty a sandbox and fill it again; a running server notices."""
    with alone_with(database.engine):
        control.begin_again(database)
        _begin(database, library, fill)


# --- situations ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person of a sandbox; money in fen."""

    psn_no: str
    name: str
    number: str
    area: str
    sex: str
    birth: datetime.date
    scheme: str
    status: str | None
    since: datetime.date
    balance: int
    group: str = ""
    """Group that the person has belonged to since ``since``."""
    paid: tuple[tuple[int, datetime.date], ...] = ()
    """Resident years with the day of payment; none: every year paid in time."""
    used_year: int | None = None
    used_pooled: int = 0
    """Fen that the pooled fund has paid for outpatient care in ``used_year``."""
    used_inpatient: int = 0
    certificate: str | None = None
    """Kind of certificate that ``number`` is of; None where it is any text."""


def add_person(database: Database, newcomer: NewPerson) -> str:
    """Make a person up; the psn_no of whoever has the number already."""
    enrolment = Enrolment(
        Scheme(newcomer.scheme),
        Status(newcomer.status or Status.WORKING) if newcomer.scheme == Scheme.EMPLOYEE else None,
        newcomer.since,
        None,
        newcomer.area,
    )
    facts = Person(
        id=newcomer.psn_no,
        sex=Sex(newcomer.sex),
        birth=newcomer.birth,
        area=newcomer.area,
        groups=(GroupMembership(newcomer.group, newcomer.since),) if newcomer.group else (),
        enrolments=(enrolment,),
        contributions_resident=tuple(
            ResidentContribution(year, paid_on) for year, paid_on in sorted(newcomer.paid)
        )
        or None,
        contributions_employee=None,
    )
    state = PersonState()
    if newcomer.used_year is not None:
        scheme = scheme_in_year(facts, newcomer.used_year)
        state.accumulators[scheme, newcomer.used_year] = Accumulators(
            outpatient_pooled=newcomer.used_pooled, inpatient_pooled=newcomer.used_inpatient
        )
    return make_up(
        database,
        facts,
        newcomer.number,
        newcomer.name,
        balance=newcomer.balance,
        actor=ACTOR,
        state=state,
        certificate=newcomer.certificate,
    )


def add_grant(
    database: Database,
    grantor: str,
    grantee: str,
    relation: str,
    start: datetime.date,
    end: datetime.date | None = None,
) -> None:
    """Let one person draw on another's account; one that has ended is a lapsed grant."""
    grant = Grant(grantor, grantee, RelationKind(relation), start, end)
    key = Key(SENDER, "grant", f"{grantor}-{grantee}-{start.isoformat()}")
    aid.grant(database, key, grant, actor=ACTOR)


def add_institution(
    database: Database,
    code: str,
    name: str,
    area: str,
    *,
    kind: str = InstitutionKind.HOSPITAL,
    price_class: int | None = None,
    grade: str | None = None,
    dual_channel: bool = False,
) -> None:
    """Register an institution under the code that a client is configured with."""
    facts = Institution(
        code,
        area,
        member(InstitutionKind, kind, "kind"),
        price_class,
        None if grade is None else member(HospitalGrade, grade, "grade"),
        dual_channel=dual_channel,
    )
    if facts.kind in HOSPITALS and price_class is None and grade is None:
        raise InputError(message("医院要写价格类别或等级，不然不知道按什么比例结算"))
    register_institution(database, facts, actor=ACTOR, name=name)
    _agree(database, code, name)


def _agree(database: Database, code: str, name: str) -> None:
    """What a sandbox agrees with every institution, so that its months can be cleared."""
    agreed = seed()["agreement"]
    agreement = Agreement(
        start=datetime.date(agreed["since"], 1, 1),
        retained_share=agreed["retained_share"],
        advance_share=None,
        apply_by_day=agreed["apply_by_day"],
        pay_days=agreed["pay_days"],
        appeal_days=agreed["appeal_days"],
        return_rule=None,
        payee=payee_of(name, agreed["bank"], agreed["account"]),
    )
    agree(database, Key(SENDER, "agree", code), code, agreement, actor=ACTOR)


def add_catalogue(
    database: Database, rows: list[list[str]], start: datetime.date, area: str = OF_THE_STORE
) -> None:
    """Add catalogue items: code, name, class, kind, upfront share, price limit.

    ``area``: whose catalogue they stand in.
    """
    with tempfile.TemporaryDirectory(prefix="yibao-") as folder:
        path = Path(folder) / "catalogue.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            for code, name, item_class, kind, upfront, limit in rows:
                writer.writerow(
                    dict.fromkeys(COLUMNS, "")
                    | {
                        "code": code,
                        "name": name,
                        "class": item_class,
                        "kind": kind,
                        "upfront": upfront,
                        "limit": limit,
                        "from": start.isoformat(),
                    }
                )
        load_catalogue(database, path, actor=ACTOR, area=area)


def summary(language: str = CHINESE) -> list[str]:
    """What a vendor needs to know to begin."""
    contents = seed()
    lines = [message("机构编号（fixmedins_code）：").text(language)]
    lines += [f"  {hospital['code']}  {hospital['name']}" for hospital in contents["institutions"]]
    lines.append(message("测试人员（psn_no、证件号码、姓名）：").text(language))
    lines += [
        f"  {somebody['psn_no']}  {somebody['number']}  {somebody['name']}"
        for somebody in contents["people"]
    ]
    lines.append(message("目录编码（med_list_codg）：").text(language))
    lines += [f"  {row[0]}  {row[1]}" for row in contents["catalogue"]]
    return lines
