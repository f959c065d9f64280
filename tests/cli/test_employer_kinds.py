"""What kind an employer is, from the command line; ``yibao db upgrade`` codes what was text."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select, update

from yibao.database.unit import Unit, open_database
from yibao.employers.locks import lock_employer
from yibao.employers.tables import employer

from ..support.actors import CLERK
from .conftest import Yibao

CODE = "91140100MA0K1YX082"


def test_a_kind_is_told_and_an_upgrade_reads_what_was_free_text(
    yibao: Yibao, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    assert yibao("db", "init", "--url", url).code == 0
    add = ("employer", "add", CODE, "--name", "甲中心", "--area", "太原", "--url", url)
    refused = yibao(*add, "--kind", "学会")
    assert refused.code == 2
    assert "没有“学会”这种单位" in refused.err
    assert yibao(*add, "--kind", "事业单位").code == 0

    def kind(unit: Unit) -> tuple[str | None, str]:
        row = unit.run(select(employer.c.kind, employer.c.details)).one()
        return row.kind, row.details.get("kind", "")

    def as_before(unit: Unit) -> None:
        firm_row = lock_employer(unit, CODE)
        details = {**unit.run(select(employer.c.details)).scalar_one(), "kind": "国有企业"}
        unit.run(update(employer).values(kind=None, details=details))
        firm_row.store(unit, CLERK, "change_employer", {})

    database = open_database(url)
    assert database.read(kind) == ("public_institution", "")
    database.write(as_before)
    done = yibao("db", "upgrade", "--url", url)
    assert "1 个单位的单位性质从原来写的文字读出" in done.out
    assert database.read(kind) == ("enterprise", "")
    assert "最新" in yibao("db", "upgrade", "--url", url).out
    assert yibao("db", "check", "--url", url).code == 0
    assert yibao("audit", "verify", "--url", url).code == 0
    database.dispose()
