"""What a former system settled, on the person's own page and at the desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yibao.access.permissions import officer
from yibao.database.unit import Database
from yibao.importing.fields import FIELDS, ImportKind
from yibao.importing.reading import AgencyFile
from yibao.importing.running import run_import
from yibao.policy.compile import PolicyLibrary

from .conftest import Caller, words_of

_ROWS = """person,visit,institution_name,kind,end_day,total_yuan,fund_yuan,diagnosis
zhangwei,old-1,旧市人民医院,inpatient,2023-05-09,8000.00,5600.00,肺炎
"""


def test_a_visit_of_the_former_system_is_seen_by_its_person_and_at_the_desk(
    enter: Callable[[str], Caller], store: Database, packs: PolicyLibrary, tmp_path: Path
) -> None:
    path = tmp_path / "visits.csv"
    path.write_text(_ROWS, encoding="utf-8")
    columns = FIELDS[ImportKind.VISITS]
    imported = run_import(
        store,
        packs,
        path,
        AgencyFile(path, columns),
        ImportKind.VISITS,
        actor=officer("import"),
        is_written=True,
    )
    assert imported.new == 1
    own = enter("zhangwei")
    page = words_of(own.get("/own/visits").text)
    assert "启用本系统以前的就医" in page
    assert "旧市人民医院" in page
    assert "2,400.00" in page
    assert "旧市人民医院" not in words_of(own.get("/own/visits?since=2024-01-01").text)
    desk = words_of(enter("reviewer").get("/desk/people/zhangwei").text)
    assert "旧市人民医院" in desk
    assert "肺炎" in desk
    assert "旧市人民医院" not in words_of(enter("lina").get("/own/visits").text)
