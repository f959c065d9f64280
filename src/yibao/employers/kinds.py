"""What kind an employer is: coded, and read out of what earlier programs kept as free text.

No source gives a list of codes.  The kinds are this program's own, in the words of art. 3 of
社会保险费征缴暂行条例 (国务院令第259号), with employers who are persons and a rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.employers.locks import lock_employer
from yibao.employers.states import EmployerKind
from yibao.employers.tables import employer
from yibao.errors import InputError
from yibao.messages import Listed, Text, message, message_in

KIND_WORDS: Mapping[EmployerKind, Text] = {
    EmployerKind.ENTERPRISE: message_in("employer", "企业"),
    EmployerKind.GOVERNMENT: message_in("employer", "国家机关"),
    EmployerKind.INSTITUTION: message_in("employer", "事业单位"),
    EmployerKind.ASSOCIATION: message_in("employer", "社会团体"),
    EmployerKind.PRIVATE_NON_ENTERPRISE: message_in("employer", "民办非企业单位"),
    EmployerKind.PERSON: message_in("employer", "有雇工的个体工商户"),
    EmployerKind.OTHER: message_in("employer", "其他单位"),
}
UNKNOWN_KIND = message_in("employer", "没有写明单位性质")

_READ_AS: Mapping[str, EmployerKind] = {
    **dict.fromkeys(
        ("企业", "国有企业", "集体企业", "私营企业", "民营企业", "外商投资企业", "公司",
         "有限公司", "有限责任公司", "股份有限公司", "合伙企业", "个人独资企业"),
        EmployerKind.ENTERPRISE,
    ),
    **dict.fromkeys(("机关", "国家机关", "党政机关", "行政机关"), EmployerKind.GOVERNMENT),
    **dict.fromkeys(("事业", "事业单位"), EmployerKind.INSTITUTION),
    **dict.fromkeys(("社团", "社会团体"), EmployerKind.ASSOCIATION),
    **dict.fromkeys(
        ("民非", "民办非企业", "民办非企业单位", "社会服务机构"),
        EmployerKind.PRIVATE_NON_ENTERPRISE,
    ),
    **dict.fromkeys(
        ("个体", "个体户", "个体工商户", "有雇工的个体工商户"), EmployerKind.PERSON
    ),
    **dict.fromkeys(("其他", "其他单位"), EmployerKind.OTHER),
}  # fmt: skip
"""Only what says one thing: 机关事业单位 is two, and is left unknown."""


def kind_in(text: str) -> EmployerKind | None:
    """The kind that a form names, None for nothing; ``InputError`` for what is none."""
    if not text:
        return None
    if text not in tuple(EmployerKind):
        raise InputError(message("请选单位性质"), place="kind")
    return EmployerKind(text)


def read_as(text: str) -> EmployerKind | None:
    """The kind that free text says; None where it does not say one."""
    return _READ_AS.get("".join(text.split()))


def named_kind(text: str, place: str) -> EmployerKind | None:
    """The kind that somebody names in words; None for nothing, ``InputError`` for no kind."""
    if not text.strip():
        return None
    if text.strip() in tuple(EmployerKind):
        return EmployerKind(text.strip())
    kind = read_as(text)
    if kind is None:
        raise InputError(
            message("没有“{kind}”这种单位；有：{kinds}", kind=text,
                    kinds=Listed(KIND_WORDS.values())),
            place=place,
        )  # fmt: skip
    return kind


def code_kinds(database: Database, *, actor: Actor) -> tuple[int, int]:
    """Code what earlier programs kept as free text: how many were, how many cannot be read.

    What cannot be read stays as it was written, and is unknown to the tables.  Done again it
    finds none to code.
    """
    require(actor, "register_employer", area=actor.area)
    query = select(employer.c.employer_id, employer.c.details).where(employer.c.kind.is_(None))
    rows = database.read(lambda unit: unit.run(query).all())
    told = {row.employer_id: row.details["kind"] for row in rows if row.details.get("kind")}
    readable = [code for code, text in told.items() if read_as(text) is not None]
    for employer_id in readable:
        _code(database, employer_id, actor)
    return len(readable), len(told) - len(readable)


def _code(database: Database, employer_id: str, actor: Actor) -> None:
    this = employer.c.employer_id == employer_id

    def operation(unit: Unit) -> None:
        firm = lock_employer(unit, employer_id)
        row: Any = unit.run(select(employer.c.kind, employer.c.details).where(this)).one()
        kind = read_as(row.details.get("kind", ""))
        if row.kind is not None or kind is None:
            return
        details = {name: text for name, text in row.details.items() if name != "kind"}
        unit.run(update(employer).where(this).values(kind=kind, details=details))
        firm.store(unit, actor, "code_employer_kind", {"employer": employer_id, "kind": kind})

    database.write(operation)
