"""What kind an employer is: told at registration and change, read out of older free text."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.employers import operations as employers
from yibao.employers.kinds import code_kinds
from yibao.employers.locks import lock_employer
from yibao.employers.states import EmployerKind
from yibao.employers.tables import employer

from ..support.actors import AUDITOR, CLERK
from .world import CODE, HR, OTHER, Firm, staff


def _as_before(firm: Firm, code: str, text: str) -> None:
    """As a program wrote it that kept the kind as free text."""
    this = employer.c.employer_id == code

    def operation(unit: object) -> None:
        locked_firm = lock_employer(unit, code)  # type: ignore[arg-type]
        row = unit.run(select(employer.c.details).where(this)).one()  # type: ignore[attr-defined]
        details = {**row.details, "kind": text}
        unit.run(update(employer).where(this).values(details=details))  # type: ignore[attr-defined]
        locked_firm.store(unit, CLERK, "change_employer", {})  # type: ignore[arg-type]

    firm.database.write(operation)


def _row(firm: Firm, code: str = CODE) -> tuple[str | None, dict[str, str]]:
    query = select(employer.c.kind, employer.c.details).where(employer.c.employer_id == code)
    row = firm.database.read(lambda unit: unit.run(query).one())
    return row.kind, row.details


def test_free_text_of_before_is_coded_once_or_stays_unknown(firm: Firm) -> None:
    firm.register(OTHER, "太原乙单位")
    _as_before(firm, CODE, " 有限责任 公司 ")
    _as_before(firm, OTHER, "机关事业单位")
    with pytest.raises(DeniedError):
        code_kinds(firm.database, actor=AUDITOR)
    assert code_kinds(firm.database, actor=CLERK) == (1, 1)
    assert code_kinds(firm.database, actor=CLERK) == (0, 1)
    kind, details = _row(firm)
    assert (kind, "kind" in details, details["bank"]) == ("enterprise", False, "工商银行")
    assert _row(firm, OTHER) == (None, {**details, "kind": "机关事业单位"})
    firm.check()


def test_a_kind_is_changed_by_the_counter_alone(firm: Firm) -> None:
    details = employers.EmployerDetails(bank="建设银行", kind=EmployerKind.INSTITUTION)

    def change(actor: object) -> object:
        return employers.change_employer(
            firm.database, firm.key("change"), CODE, "太原甲中心", details,
            actor=actor,  # type: ignore[arg-type]
        )  # fmt: skip

    before = _row(firm)
    for denied in (HR, staff(Role.REVIEWER, firm.area), staff(Role.CLERK, "990100")):
        with pytest.raises(DeniedError):
            change(denied)
    assert _row(firm) == before
    change(CLERK)
    assert _row(firm) == ("public_institution", details.sealed())
    firm.check()
