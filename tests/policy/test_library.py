"""The library: areas by name, the nearest pack, the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from yibao.errors import InputError, NotFoundError
from yibao.policy import document
from yibao.policy import packs as reader
from yibao.policy.compile import PolicyLibrary

from .conftest import PackTree

FLOOR = "floor: {values: {2020-01-01: {value: 100, sources: [S-1]}}}\n"


def test_area_by_code_and_names(packs: PackTree) -> None:
    library = packs.load()
    assert [area.code for area in library.areas()] == ["900000", "990000", "990100"]
    for text in ("990100", "某市", "City", "city"):
        assert library.area(text).code == "990100"
    assert library.area("990100").parent == "990000"
    with pytest.raises(NotFoundError, match=r"没有 980000 的政策包；现有：.*990100 某市") as caught:
        library.area("980000")
    assert caught.value.exit_code == 3


def test_covering_is_the_nearest_area_but_never_the_land(packs: PackTree) -> None:
    library = packs.load()

    def covering(code: str) -> str | None:
        area = library.covering(code)
        return area.code if area else None

    assert covering("990100") == "990100"
    assert covering("990105") == "990100"
    assert covering("990205") == "990000"
    assert covering("990000") == "990000"
    assert covering("980100") is None
    assert covering("900000") is None


def test_the_second_load_reads_no_yaml(packs: PackTree, monkeypatch: pytest.MonkeyPatch) -> None:
    packs.city("mutual_aid.yaml", FLOOR)
    library = packs.load()
    first = library.rulebook("990100")
    sources = dict(library.sources())

    def refuse(*_: object) -> None:
        raise AssertionError("a YAML file was read")

    monkeypatch.setattr(document, "read_text", refuse)
    monkeypatch.setattr(reader, "read_tree", refuse)
    again = packs.load()
    assert [area.name.zh for area in again.areas()] == ["某国", "某省", "某市"]
    assert again.rulebook("990100").hash == first.hash
    cached = again.rulebook("990100")
    assert tuple(cached.citations) == tuple(first.citations)
    assert list(cached.segments) == list(first.segments)
    assert list(cached.cells) == list(first.cells)
    assert cached.layout.defaults == first.layout.defaults
    assert (cached.days, cached.groups, cached.diseases) == (
        first.days,
        first.groups,
        first.diseases,
    )
    assert cached.to_canonical() == first.to_canonical()
    assert dict(again.sources()) == sources
    assert sources["S-1"].documents[0].url == "https://example.org/1"
    assert sources["S-1"].documents[0].line == "3"


def test_a_changed_file_is_read_again(packs: PackTree) -> None:
    packs.city("mutual_aid.yaml", FLOOR)
    first = packs.rulebook()
    packs.city("mutual_aid.yaml", FLOOR.replace("100", "200"))
    second = packs.rulebook()
    assert first.citations[1].value == "100.00 元"
    assert second.citations[1].value == "200.00 元"


def test_a_broken_cache_is_ignored(packs: PackTree, tmp_path: Path) -> None:
    packs.city("mutual_aid.yaml", FLOOR)
    first = packs.rulebook()
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[:-3] + b"xyz")
    assert packs.rulebook().hash == first.hash


def test_a_cache_that_cannot_be_written_is_ignored(
    packs: PackTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs.city("mutual_aid.yaml", FLOOR)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setenv("YIBAO_CACHE_DIR", str(blocked))
    assert packs.rulebook().citations[1].value == "100.00 元"


def test_folders_and_files_that_do_not_belong(packs: PackTree) -> None:
    with pytest.raises(InputError, match="没有这个政策包文件夹"):
        PolicyLibrary.load(packs.root / "nothing")
    packs.city("mutual_aid.yml", FLOOR)
    with pytest.raises(InputError, match=r"mutual_aid\.yml 第 1 行：文件名请以 \.yaml 结尾"):
        packs.rulebook()


def test_two_areas_with_one_code(packs: PackTree) -> None:
    packs.write("land/province/town/area.yaml", 'code: "990100"\nname: 某镇\n')
    with pytest.raises(InputError, match="地区代码 990100 已用于"):
        packs.load()


def test_one_parameter_in_two_files(packs: PackTree) -> None:
    packs.city("employee/contribution.yaml", FLOOR.replace("floor", "base_floor"))
    packs.city("employee.yaml", FLOOR.replace("floor", "contribution.base_floor"))
    with pytest.raises(InputError, match=r"employee\.contribution\.base_floor 已写在"):
        packs.rulebook()
