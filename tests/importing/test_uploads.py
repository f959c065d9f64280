"""A file sent to the service: looked at, written once, and its progress told."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.importing import uploads
from yibao.importing.uploads import ImportState, SentFile
from yibao.policy.compile import PolicyLibrary

from .test_importing import HEADINGS, PEOPLE_MAP, people_rows

AT = datetime.datetime(2026, 9, 25, 2, tzinfo=datetime.UTC)
_SENT = itertools.count(1)


def _head(area: str) -> Actor:
    return Actor("head", Role.HEAD, agency_id="agency", area=area, lives_here=lambda _: True)


def _file(count: int = 3, spoiled: int = 0) -> SentFile:
    rows = [list(row) for row in people_rows(count)]
    for row in rows[:spoiled]:
        row[2] = row[2][:-1] + ("0" if row[2][-1] != "0" else "1")
    text = "\n".join(",".join(row) for row in [HEADINGS, *rows])
    return SentFile("people", "人员.csv", text.encode("gb18030"), PEOPLE_MAP)


def _begin(database: Database, file: SentFile, actor: Actor, **more: Any) -> str:
    key = Key(actor.id, "import", f"m{next(_SENT)}")
    seen = more.pop("seen", file.digest)
    return str(
        uploads.begin_run(database, key, file, seen, actor=actor, at=more.pop("at", AT))["run"]
    )


def test_a_file_is_looked_at_and_written_once(
    database: Database, packs: PolicyLibrary, area: str, together: Callable[..., list[Any]]
) -> None:
    head, file = _head(area), _file(4, spoiled=1)
    seen = uploads.look_at(database, packs, file, actor=head)
    assert seen.imported is not None
    assert (seen.imported.new, seen.imported.rejected) == (3, 1)
    number, cells = seen.first[0]
    assert number == 2
    assert dict(cells)["姓名"] == "张1"
    assert "*" in dict(cells)["身份证号"]
    assert uploads.runs_of(database, head, AT) == [], "nothing is written by looking"
    with pytest.raises(ConflictError, match="不是刚才看过的"):
        _begin(database, file, head, seen="0" * 64)
    begun = together([lambda: _begin(database, file, head), lambda: _begin(database, file, head)])
    (run,) = [answer for answer in begun if isinstance(answer, str)]
    assert any(isinstance(answer, ConflictError) for answer in begun)
    imported = uploads.carry_out(database, packs, run, file, actor=head, clock=lambda: AT)
    assert (imported.new, imported.rejected) == (3, 1)
    (told,) = uploads.runs_of(database, head, AT)
    assert (told.state, told.new, told.rejected) == (ImportState.COMPLETED, 3, 1)
    assert "校验位" in uploads.rejects_of(database, head, run)
    again = _begin(database, file, head)
    assert uploads.carry_out(database, packs, again, file, actor=head, clock=lambda: AT).new == 0
    assert {each.here for each in uploads.runs_of(database, head, AT)} == {0, 3}


def test_whoever_may_not_lets_in_nothing(
    database: Database, packs: PolicyLibrary, area: str
) -> None:
    file = _file()
    clerk = Actor("clerk", Role.CLERK, agency_id="agency", area=area)
    for actor in (clerk, Actor("admin", Role.ADMINISTRATOR), Actor("hr", Role.EMPLOYER)):
        with pytest.raises(DeniedError):
            uploads.look_at(database, packs, file, actor=actor)
        with pytest.raises(DeniedError):
            _begin(database, file, actor)
        with pytest.raises(DeniedError):
            uploads.runs_of(database, actor, AT)
    elsewhere = _head("110000")
    seen = uploads.look_at(database, packs, file, actor=elsewhere).imported
    assert seen is not None
    assert (seen.new, seen.rejected) == (0, 3)
    run = _begin(database, file, _head(area))
    with pytest.raises(NotFoundError):
        uploads.rejects_of(database, elsewhere, run)


def test_what_was_cut_off_is_said_and_goes_on(
    database: Database, packs: PolicyLibrary, area: str
) -> None:
    head, file = _head(area), _file()
    _begin(database, file, head)
    later = AT + datetime.timedelta(minutes=3)
    assert [run.is_silent for run in uploads.runs_of(database, head, later)] == [True]
    run = _begin(database, file, head, at=later)
    assert uploads.carry_out(database, packs, run, file, actor=head, clock=lambda: later).new == 3
    bare = SentFile("people", "人员.csv", file.content, encoding="gb18030")
    drafted = uploads.look_at(database, packs, bare, actor=head)
    assert drafted.imported is None
    assert "TODO" in drafted.draft
    with pytest.raises(InputError, match="文件类型"):
        uploads.look_at(database, packs, SentFile("people", "a.exe", b"x"), actor=head)
