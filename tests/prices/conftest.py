"""The store of this room's tests: a hospital in an area with a small catalogue."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.access.tables import event
from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.care.catalogue import COLUMNS, load_catalogue
from yibao.care.institutions import register_institution
from yibao.database.unit import Database

from ..support.actors import CLERK

HOSPITAL = "H14010500001"
AT = datetime.datetime(2026, 12, 1, 2, tzinfo=datetime.UTC)
_SENT = itertools.count(1)
_CATALOGUE = (
    "X1,某片,A,drug,,1.00,0,,2024-01-01,",
    "X2,某胶囊,B,drug,10,,0,,2024-01-01,",
    "S1,某检查,B,service,10,200,0,,2024-01-01,",
)


@dataclass
class Priced:
    """The store by short names."""

    database: Database
    area: str

    def of(self, role: Role, name: str = "", area: str = "") -> Actor:
        return Actor(name or role.value, role, agency_id="agency", area=area or self.area)

    def key(self) -> Key:
        return Key("test", "prices", f"p{next(_SENT)}")

    def events(self) -> int:
        """How many events stand on the chains."""
        query = select(func.count()).select_from(event)
        return int(self.database.read(lambda unit: unit.run(query).scalar_one()))

    def check(self) -> None:
        """Every row agrees with its chain."""
        chains = all_chains(self.database)
        assert list(verify_people(self.database, chains)) == []
        assert list(tie_faults(self.database, chains)) == []


@pytest.fixture
def priced(
    database: Database, area: str, make_institution: Callable[..., Any], tmp_path: Path
) -> Priced:
    """A hospital and the area's catalogue."""
    register_institution(database, make_institution(HOSPITAL), actor=CLERK, name="测试医院")
    file = tmp_path / "catalogue.csv"
    file.write_text("\n".join([",".join(COLUMNS), *_CATALOGUE]) + "\n", encoding="utf-8")
    load_catalogue(database, file, actor=CLERK)
    return Priced(database, area)
