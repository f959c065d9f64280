"""Institutions in dated revisions; the settlement reads the one of the admission day."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import BindParameter, ScalarSelect, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_chain
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Institution
from yibao.care.tables import institution
from yibao.database.named import named, typed
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.messages import Listed, message
from yibao.policy.keys import GRADES
from yibao.policy.kinds import InstitutionKind

FIRST_DAY = datetime.date(1949, 10, 1)
"""From here on, where no day is recorded."""

_COLUMNS = ("area", "kind", "price_class", "grade", "county", "dual_channel")
"""Facts of an institution that have a column of their own."""
_KINDS = tuple(InstitutionKind)
_MOST_LISTED = 5_000
_NO_ORIGIN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class InstitutionVersion:
    """What is known of an institution from a day on."""

    facts: Institution
    start: datetime.date
    revision: int
    designated: bool
    name: str


@dataclass(frozen=True, slots=True)
class KnownInstitution:
    """All revisions of an institution up to the last one that was read."""

    institution_id: str
    revision: int
    versions: tuple[InstitutionVersion, ...]
    """By first day, then revision."""

    def on(self, day: datetime.date) -> InstitutionVersion:
        """The version of a day; ``RefusedError`` where it holds no contract then."""
        version = next(
            (candidate for candidate in reversed(self.versions) if candidate.start <= day), None
        )
        if version is None or not version.designated:
            raise RefusedError(
                message(
                    "机构 {institution_id} 在 {day} 不是定点医药机构，不能结算",
                    institution_id=self.institution_id,
                    day=day,
                )
            )
        return version

    def revision_of(self, facts: Institution) -> int:
        """A revision that says exactly this; ``NotFoundError``."""
        for version in reversed(self.versions):
            if version.facts == facts:
                return version.revision
        raise NotFoundError(
            message("机构 {institution_id} 没有留存这样的登记", institution_id=self.institution_id)
        )


def register_institution(
    database: Database,
    facts: Institution,
    *,
    actor: Actor,
    start: datetime.date = FIRST_DAY,
    name: str = "",
    key: Key | None = None,
) -> None:
    """Register a designated institution from its first day under contract; once for a ``key``."""
    require(actor, "register_institution", institution_id=facts.id, area=facts.area)
    check_institution(facts)
    shown = name or facts.id

    def operation(unit: Unit) -> Answer:
        try:
            add_institution(unit, facts, start=start, name=shown, by=actor.id)
        except IntegrityError:
            raise ConflictError(message("机构 {id} 已经登记", id=facts.id)) from None
        return {"institution": facts.id, "revision": 1}

    _write(database, key, _row(facts, 1, start, shown, designated=True), operation)


def add_institution(
    unit: Unit,
    facts: Institution,
    *,
    start: datetime.date,
    name: str,
    by: str,
    last_day: datetime.date | None = None,
    origin: Mapping[str, str] = _NO_ORIGIN,
) -> None:
    """The rows of a new institution and the first event of its chain.

    ``last_day``: of its contract, where that has ended; ``origin``: what the event says.
    """
    unit.run(insert(institution), _row(facts, 1, start, name, designated=True))
    if last_day is not None:
        after = last_day + datetime.timedelta(days=1)
        unit.run(insert(institution), _row(facts, 2, after, name, designated=False))
    chain = f"{INSTITUTION}{facts.id}"
    extend_chain(unit, chain, by, "register_institution", dict(origin))


def change_institution(
    database: Database,
    facts: Institution,
    start: datetime.date,
    *,
    actor: Actor,
    name: str = "",
    designated: bool = True,
    key: Key | None = None,
) -> int:
    """What holds from ``start`` on: another price class, grade or area, or no contract.

    The number of the new revision.  Two changes at once: one is a ``ConflictError``.
    """
    require(actor, "register_institution", institution_id=facts.id, area=facts.area)
    check_institution(facts)

    def operation(unit: Unit) -> Answer:
        known = read_institution(unit, facts.id)
        area = known.versions[-1].facts.area
        require(actor, "register_institution", institution_id=facts.id, area=area)
        shown = name or known.versions[-1].name
        row = _row(facts, known.revision + 1, start, shown, designated=designated)
        try:
            unit.run(insert(institution), row)
        except IntegrityError:
            raise ConflictError(
                message("机构 {id} 正被另一笔变更修改，请重试", id=facts.id)
            ) from None
        content = {"revision": known.revision + 1}
        extend_chain(unit, f"{INSTITUTION}{facts.id}", actor.id, "change_institution", content)
        return {"institution": facts.id, "revision": known.revision + 1}

    asked = _row(facts, 0, start, name, designated=designated)
    return int(_write(database, key, asked, operation)["revision"])


def end_designation(
    database: Database,
    institution_id: str,
    last_day: datetime.date,
    *,
    actor: Actor,
    key: Key | None = None,
) -> int:
    """The contract ends: ``last_day`` is the last one that may be settled."""
    require(actor, "register_institution", institution_id=institution_id, area=actor.area)
    known = database.read(lambda unit: read_institution(unit, institution_id))
    facts = known.on(last_day).facts
    after = last_day + datetime.timedelta(days=1)
    return change_institution(database, facts, after, actor=actor, designated=False, key=key)


def _write(
    database: Database,
    key: Key | None,
    asked: dict[str, Any],
    operation: Callable[[Unit], Answer],
) -> Answer:
    """Do it; with a key once, a repeat is answered the same."""
    if key is None:
        return database.write(operation)
    content_hash = database.secrets.lasting_hash(canonical(asked))

    def recorded(unit: Unit) -> Answer:
        answer = operation(unit)
        record_message(unit, key, content_hash, key.sender, answer)
        return answer

    return write_once(database, key, content_hash, recorded)


def institutions_within(
    unit: Unit, area: str, day: datetime.date, *, text: str = ""
) -> Mapping[str, InstitutionVersion]:
    """A read fragment: who stands in an area on a day, by id; the last revision of that day.

    ``area``: the beginning of a code, empty for every one; ``text``: in the id or the name.
    """
    query = select(institution).where(institution.c.area.startswith(area, autoescape=True))
    if text:
        query = query.where(
            or_(
                institution.c.institution_id == text,
                institution.c.name.contains(text, autoescape=True),
            )
        )
    query = query.order_by(
        institution.c.institution_id, institution.c.start, institution.c.revision
    )
    versions: dict[str, InstitutionVersion] = {}
    for row in unit.run(query.limit(_MOST_LISTED)):
        if row.start <= day or row.institution_id not in versions:
            versions[row.institution_id] = _version(row)
    return versions


def known_institutions(unit: Unit, ids: Iterable[str]) -> dict[str, KnownInstitution]:
    """All revisions of those of some institutions that are registered, by id."""
    query = select(institution).where(institution.c.institution_id.in_(sorted(set(ids))))
    versions: dict[str, list[InstitutionVersion]] = {}
    for row in unit.run(query.order_by(institution.c.start, institution.c.revision)):
        versions.setdefault(row.institution_id, []).append(_version(row))
    return {
        name: KnownInstitution(name, max(version.revision for version in known), tuple(known))
        for name, known in versions.items()
    }


def institution_names(database: Database, ids: Iterable[str]) -> dict[str, str]:
    """What some institutions are called now, by id; those that nobody knows are left out."""
    known = database.read(lambda unit: known_institutions(unit, ids))
    return {place: versions.versions[-1].name for place, versions in known.items()}


def read_institution(unit: Unit, institution_id: str) -> KnownInstitution:
    """All revisions as committed; ``NotFoundError``."""
    known = known_institutions(unit, [institution_id]).get(institution_id)
    if known is None:
        raise NotFoundError(
            message("没有登记的定点机构 {institution_id}", institution_id=institution_id)
        )
    return known


def area_of_institution(unit: Unit, institution_id: str, day: datetime.date) -> str:
    """Whose agency an institution deals with: where it stands on a day; ``NotFoundError``."""
    known = read_institution(unit, institution_id)
    version = next(
        (version for version in reversed(known.versions) if version.start <= day),
        known.versions[0],
    )
    return version.facts.area


def _version(row: Any) -> InstitutionVersion:
    return InstitutionVersion(
        institution_of(row), row.start, row.revision, row.designated, row.name
    )


def latest_revision(institution_id: str | BindParameter[str]) -> ScalarSelect[Any]:
    """A read fragment: the last revision, for a statement that checks what was kept."""
    return (
        select(func.max(institution.c.revision))
        .where(institution.c.institution_id == institution_id)
        .scalar_subquery()
    )


def institution_of(row: Any) -> Institution:
    """The facts of an institution's row."""
    return Institution(
        id=row.institution_id,
        **typed({name: getattr(row, name) for name in _COLUMNS} | (row.more or {}), Institution),
    )


def check_institution(facts: Institution) -> None:
    """``InputError`` for facts that cannot be."""
    if facts.kind not in _KINDS:
        raise InputError(
            message(
                "机构 {id} 的类型 {kind} 应写 {kinds}",
                id=facts.id,
                kind=repr(facts.kind),
                kinds=Listed(_KINDS),
            )
        )
    if facts.price_class not in (None, 1, 2, 3):
        raise InputError(message("机构 {id} 的价格类别应写 1、2 或 3", id=facts.id))
    if facts.grade is not None and facts.grade not in GRADES:
        raise InputError(
            message("机构 {id} 的等级应写 {grades} 之一", id=facts.id, grades=Listed(GRADES))
        )


def _row(
    facts: Institution, revision: int, start: datetime.date, name: str, *, designated: bool
) -> dict[str, Any]:
    return {
        "institution_id": facts.id,
        "revision": revision,
        "start": start,
        "name": name,
        **{name: getattr(facts, name) for name in _COLUMNS},
        "designated": designated,
        "more": named(facts, ("id", *_COLUMNS)) or None,
    }
