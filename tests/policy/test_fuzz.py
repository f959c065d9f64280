"""A spoilt pack or overlay is answered or its fault is named; nothing crashes."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yibao.errors import YibaoError
from yibao.policy.compile import PolicyLibrary
from yibao.policy.lint import lint

PACKS = Path(__file__).resolve().parents[1] / "made_up_city" / "packs"
FILES = sorted(
    path.relative_to(PACKS).as_posix()
    for path in PACKS.rglob("*.yaml")
    if "sources" not in path.parts
)
PIECES = (
    "none -1 1e9 99999999999999 0.005 2025-02-30 9999-12-31 [ ] { } : ~ null true yes "
    "assumed & * !!int 2_county keys: values: \t \n \x00 金额 formula of minus"
).split(" ")


def spoil(text: str, rng: random.Random) -> str:
    """``text`` with a few lines cut, doubled, swapped or rewritten."""
    lines = text.split("\n")
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines))
        match rng.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[at])
            case 2:
                other = rng.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                words = lines[at].split(" ")
                words[rng.randrange(len(words))] = rng.choice(PIECES)
                lines[at] = " ".join(words)
            case _:
                lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
        if not lines:
            return ""
    return "\n".join(lines)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spoilt") / "packs"
    shutil.copytree(PACKS, folder)
    return folder


@given(seed=st.integers(0, 2**32))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_spoilt_pack_is_answered_or_its_fault_is_named(tree: Path, seed: int) -> None:
    rng = random.Random(seed)
    name = rng.choice(FILES)
    sound = (tree / name).read_text(encoding="utf-8")
    (tree / name).write_text(spoil(sound, rng), encoding="utf-8")
    said = "answered"
    try:
        for fault in lint(tree):
            assert fault.message
        library = PolicyLibrary.load(tree)
        for area in library.areas():
            library.rulebook(area.code).segment(20_000)
    except YibaoError as error:
        said = str(error)
    finally:
        (tree / name).write_text(sound, encoding="utf-8")
    assert said


@given(seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_a_spoilt_overlay_is_answered_or_its_fault_is_named(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = random.Random(seed)
    overlay = tmp_path_factory.mktemp("overlay") / "overlay.yaml"
    sound = (
        "overlay: 试算\nparameters:\n  employee.inpatient.ratio:\n    keys: [price_class]\n"
        '    values:\n      2025-01-01: {value: {"1": 85, "2": 88, "3": 92}}\n'
        "  employee.upper.annual_ceiling:\n    values:\n      2025-01-01:\n"
        "        value: {formula: {times: 6, of: employee.contribution.average_wage_year}}\n"
    )
    overlay.write_text(spoil(sound, rng), encoding="utf-8")
    said = "answered"
    try:
        library = PolicyLibrary.load(PACKS, [overlay])
        for area in library.areas():
            library.rulebook(area.code)
    except YibaoError as error:
        said = str(error)
    assert said
