"""Employers come and go: registered with their code, their details, and nothing left unpaid."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass

import stdnum.exceptions
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from stdnum.cn import uscc

from yibao.access.chains import extend_chain
from yibao.access.operations import Answer, Key, canonical, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.employers.locks import chain_of, lock_employer, require_employer
from yibao.employers.states import DueState, EmployerKind, EmployerState
from yibao.employers.tables import employer, employer_bill, employment
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

LONGEST_NAME = 120
_LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class EmployerDetails:
    """What is told of an employer; empty where it was not.  All but the kind is kept encrypted."""

    address: str = ""
    representative: str = ""
    telephone: str = ""
    bank: str = ""
    account: str = ""
    """Number of the bank account that money goes back to."""
    kind: EmployerKind | None = None

    def sealed(self) -> dict[str, str]:
        """What is kept encrypted."""
        return {name: text for name, text in asdict(self).items() if name != "kind"}


def read_code(text: str) -> str:
    """A unified social credit code with its check character right; ``InputError``."""
    code: str = uscc.compact(text).upper()
    try:
        uscc.validate(code)
    except stdnum.exceptions.InvalidChecksum:
        raise InputError(
            message("统一社会信用代码的校验位不对，请逐位核对"), place="code"
        ) from None
    except stdnum.exceptions.ValidationError:
        raise InputError(
            message("统一社会信用代码是 18 位数字和大写字母，不用 I、O、S、V、Z"), place="code"
        ) from None
    return code


def register_employer(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    code: str,
    name: str,
    area: str,
    details: EmployerDetails,
    day: datetime.date,
    *,
    actor: Actor,
) -> Answer:
    """Register an employer at once: ``employer`` (its code) and ``state``.

    A code that is registered already is a ``ConflictError`` with no effect.
    """
    require(actor, "register_employer", area=area)
    employer_id = read_code(code)
    called = " ".join(name.split())
    if not 0 < len(called) <= LONGEST_NAME:
        raise InputError(message("单位名称 1 到 {most} 个字", most=LONGEST_NAME), place="name")
    _check(details)
    if library.covering(area) is None:
        raise library.missing_pack(area)
    row = {
        "employer_id": employer_id,
        "name": called,
        "area": area,
        "state": EmployerState.REGISTERED,
        "details": details.sealed(),
        "registered_on": day,
        "ended_on": None,
        "credit": 0,
        "kind": details.kind,
    }
    content_hash = database.secrets.lasting_hash(
        canonical([employer_id, called, area, asdict(details)])
    )

    def operation(unit: Unit) -> Answer:
        try:
            unit.run(insert(employer), row)
        except IntegrityError:
            raise ConflictError(
                message("统一社会信用代码 {code} 已经登记过", code=employer_id)
            ) from None
        answer = {"employer": employer_id, "state": EmployerState.REGISTERED}
        record_message(unit, key, content_hash, key.sender, answer)
        content = {"name": called, "area": area}
        if details.kind is not None:
            content["kind"] = details.kind
        extend_chain(unit, chain_of(employer_id), actor.id, "register_employer", content)
        return answer

    return write_once(database, key, content_hash, operation)


def _check(details: EmployerDetails) -> None:
    for name, text in details.sealed().items():
        if len(text) > _LONGEST_DETAIL:
            raise InputError(message("最多写 {most} 个字", most=_LONGEST_DETAIL), place=name)
    account = details.account.replace(" ", "")
    if account and not (account.isascii() and account.replace("-", "").isalnum()):
        raise InputError(message("银行账号只写数字、字母和短横"), place="account")


def change_employer(
    database: Database,
    key: Key,
    employer_id: str,
    name: str,
    details: EmployerDetails,
    *,
    actor: Actor,
) -> Answer:
    """Another name or other details: ``employer``, ``name`` and, where it is told, ``kind``."""
    require_employer(database, actor, "register_employer", employer_id)
    called = " ".join(name.split())
    if not 0 < len(called) <= LONGEST_NAME:
        raise InputError(message("单位名称 1 到 {most} 个字", most=LONGEST_NAME), place="name")
    _check(details)
    content_hash = database.secrets.lasting_hash(canonical([employer_id, called, asdict(details)]))

    def operation(unit: Unit) -> Answer:
        firm = lock_employer(unit, employer_id)
        firm.require_open()
        this = employer.c.employer_id == employer_id
        values = {"name": called, "details": details.sealed(), "kind": details.kind}
        unit.run(update(employer).where(this).values(**values))
        answer: Answer = {"employer": employer_id, "name": called, "kind": details.kind}
        record_message(unit, key, content_hash, key.sender, answer)
        firm.store(unit, actor, "change_employer", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def end_employer(
    database: Database, key: Key, employer_id: str, day: datetime.date, *, actor: Actor
) -> Answer:
    """End an employer; refused while it has staff, owes anything or is owed anything."""
    require_employer(database, actor, "register_employer", employer_id)
    content_hash = digest([employer_id, day.isoformat()])

    def operation(unit: Unit) -> Answer:
        firm = lock_employer(unit, employer_id)
        firm.require_open()
        staff = select(employment.c.person_id).where(
            employment.c.employer_id == employer_id, employment.c.last_month.is_(None)
        )
        if unit.run(staff.limit(1)).first() is not None:
            raise RefusedError(message("名册上还有人，请先减员"))
        unpaid = select(employer_bill.c.bill_id).where(
            employer_bill.c.employer_id == employer_id, employer_bill.c.state == DueState.OPEN
        )
        if unit.run(unpaid.limit(1)).first() is not None:
            raise RefusedError(message("还有没有缴清的账单，缴清欠费和滞纳金以后才能注销"))
        if firm.credit:
            raise RefusedError(message("还有多缴的钱没有退，退清以后才能注销"))
        firm.state = EmployerState.ENDED
        this = employer.c.employer_id == employer_id
        unit.run(update(employer).where(this).values(ended_on=day))
        answer = {"employer": employer_id, "state": firm.state, "ended_on": day.isoformat()}
        record_message(unit, key, content_hash, key.sender, answer)
        firm.store(unit, actor, "end_employer", answer)
        return answer

    return write_once(database, key, content_hash, operation)
