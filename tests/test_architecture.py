"""The shape of the house: what no linter knows (imports: ``lint-imports`` in ``make check``)."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import textwrap
import tomllib
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import check_source

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("numba", "numpy", "pydantic")


def _registered() -> list[Callable[..., Any]]:
    import yibao.benefit.functions  # noqa: F401 - importing registers
    from yibao.registry import REGISTERED

    assert REGISTERED
    return list(REGISTERED)


# The page that shows the house


def test_the_architecture_page_names_every_room_and_no_file_that_is_not_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    source = ROOT / "src" / "yibao"
    rooms = {
        path.stem
        for path in source.iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
    }
    named = set(re.findall(r"`([a-z_]+)/?`", page))
    assert rooms - {"__init__"} <= named
    for place in re.findall(r"`([a-z_]+(?:/[a-z_0-9]+)+(?:\.py)?)(?:\.[a-z_]+)?`", page):
        folders = (source, source / "benefit", ROOT)
        assert any(
            (folder / place).exists() or (folder / f"{place}.py").exists() for folder in folders
        ), place


# The sources

OFFICE_ROOMS = (
    "employers",
    "claims",
    "disbursement",
    "clearing",
    "conduct",
    "sanctions",
    "moving",
    "finance",
    "importing",
    "insured",
    "office",
)


def test_rooms_multiply_amounts_by_ratios_in_money_alone() -> None:
    """A product that is divided again is a share, and its rounding is that of ``money``."""
    shares = []
    for room in OFFICE_ROOMS:
        for path in sorted((ROOT / "src" / "yibao" / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.BinOp):
                    continue
                if isinstance(node.op, ast.FloorDiv | ast.Div) and any(
                    isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)
                    for part in ast.walk(node.left)
                ):
                    shares.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert shares == []


def test_sources_keep_the_house_rules() -> None:
    assert check_source.faults(ROOT) == []


def _lines(faults: Iterable[tuple[int, str]]) -> list[int]:
    return [line for line, _ in faults]


def test_area_check_finds_codes_and_names() -> None:
    source = 'area = "140100"\nfee = 140100\nname = "太原市"\npath = "Shanxi"\nok = "北京时间"\n'
    assert _lines(check_source.area_faults(source)) == [1, 3, 4]


def test_float_check_finds_literals_names_and_division() -> None:
    source = "a = 0.5\nb = float(a)\nc = a / 2\nd = 7 // 2\ne = folder / 'x'\nf = root / name\n"
    assert sorted(_lines(check_source.float_faults(source))) == [1, 2, 3]


def test_variables_say_what_they_hold() -> None:
    source = "found = 1\nrow = [held for held in rows]\ndef f(given, *, made=1): ...\n"
    source += "try: ...\nexcept OSError as kept: ...\nwith row as one: row.found = f(made=2)\n"
    assert sorted(_lines(check_source.name_faults(source))) == [1, 2, 3, 3, 5, 6]


def test_figure_check_finds_numbers_of_a_pack(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "yibao" / "packs" / "somewhere"
    folder.mkdir(parents=True)
    (folder / "base.yaml").write_text(
        "values:\n  2024-07-31:\n    value: {low: 4218, high: 341.38, round: 5000, year: 2025}\n",
        encoding="utf-8",
    )
    figures = check_source.pack_figures(tmp_path)
    assert figures == {4218, 421800, 34138, 202500}
    source = "a = 4218\nb = 34138\nc = '341.38'\nd = 5000\ne = '4218'\nf = 2025\n"
    assert _lines(check_source.figure_faults(source, figures)) == [1, 2, 3, 5]


@pytest.mark.parametrize(
    ("text", "faulty"),
    [
        ("see /" + "work/main/x", True),
        ("see ../shar" + "ed/FILE", True),
        ("`shar" + "ed/FILE`", True),
        ("https://example.org/" + "home/page", False),
        ("a shared ceiling", False),
    ],
)
def test_path_check(text: str, faulty: bool) -> None:
    assert bool(_lines(check_source.path_faults(text))) is faulty


# Circles between files


def _imports(path: Path, modules: set[str]) -> set[str]:
    """The modules that a file names in any import, for types or inside a function included."""
    named: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: the house imports by full names"
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            named |= {name if name in modules else str(node.module) for name in full}
    return named & modules


def _circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Sets of modules that all reach one another (Tarjan), those of one module left out."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    circles: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        path.append(module)
        for imported in sorted(imports[module]):
            if imported not in order:
                visit(imported)
            if imported in path:
                lowest[module] = min(lowest[module], lowest[imported])
        if lowest[module] == order[module]:
            start = path.index(module)
            if len(path) - start > 1:
                circles.append(sorted(path[start:]))
            del path[start:]

    for module in imports:
        if module not in order:
            visit(module)
    return circles


def test_circle_check_finds_circles() -> None:
    imports = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert sorted(_circles(imports)) == [["a", "b", "c"], ["d", "e"]]
    assert _circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_circle_between_any_two_files() -> None:
    """A file can be read after the files that it names, whatever it names them for."""
    source = ROOT / "src"
    files = {
        ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (source / "yibao").rglob("*.py")
    }
    assert len(files) > 300
    imports = {module: _imports(path, set(files)) for module, path in files.items()}
    assert _circles(imports) == []


# Names


def _classes() -> dict[str, list[str]]:
    """The files in which each name of a class stands, private ones left out."""
    places: dict[str, list[str]] = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())
    return places


def test_a_class_name_means_one_thing() -> None:
    assert {name: places for name, places in _classes().items() if len(places) > 1} == {}


# The benefit functions


def test_registered_functions_have_docstrings_and_types() -> None:
    for function in _registered():
        name = f"{function.__module__}.{function.__qualname__}"
        assert (function.__doc__ or "").strip(), f"{name} 没有说明"
        signature = inspect.signature(function)
        assert signature.return_annotation is not inspect.Signature.empty, name
        for parameter in signature.parameters.values():
            assert parameter.annotation is not inspect.Parameter.empty, f"{name}: {parameter.name}"


_DAY_OF_AN_INSTANT = re.compile(
    r"\b(?:at|instant|now\(\)|[a-z_.]*_at|[a-z_]+\.at)(?:\.date\(\)|\.strftime\()"
)
_IN_CIVIL_TIME = ("gateway", "policy")
"""Rooms whose instants are in civil time already."""


def test_the_day_of_an_instant_is_that_of_china() -> None:
    """An instant is UTC: until eight in the morning its date is the day before."""
    source = ROOT / "src" / "yibao"
    dates_in_utc = [
        f"{path.relative_to(source)}: {line.strip()[:80]}"
        for path in sorted([*source.rglob("*.py"), *source.rglob("*.html")])
        if path.relative_to(source).parts[0] not in _IN_CIVIL_TIME
        for line in path.read_text(encoding="utf-8").splitlines()
        if _DAY_OF_AN_INSTANT.search(line)
    ]
    assert dates_in_utc == [], "use yibao.database.instants.civil_day"


def test_registered_names_are_unique() -> None:
    names = [function.__name__ for function in _registered()]
    assert sorted(names) == sorted(set(names))


# What CPython and Numba share; the compiled copies are compared in the tests of `columns`.
_OUTSIDE_THE_KERNEL = (
    ast.Dict,
    ast.DictComp,
    ast.JoinedStr,
    ast.Lambda,
    ast.ListComp,
    ast.Raise,
    ast.Set,
    ast.SetComp,
    ast.Try,
    ast.With,
    ast.Yield,
    ast.Await,
    ast.Global,
    ast.Import,
    ast.ImportFrom,
)


def test_registered_functions_stay_within_integers() -> None:
    for function in _registered():
        source = textwrap.dedent(inspect.getsource(function))
        body = ast.parse(source).body[0]
        assert isinstance(body, ast.FunctionDef)
        for node in ast.walk(ast.Module(body.body[1:], [])):
            where = f"{function.__module__}.{body.name}: {ast.unparse(node)}"
            assert not isinstance(node, _OUTSIDE_THE_KERNEL), where
            if isinstance(node, ast.Constant):
                assert node.value is None or isinstance(node.value, int), where


# Start-up


def test_the_command_starts_without_heavy_packages() -> None:
    """Numba alone would double the time from `yibao quote` to its answer."""
    code = f"import sys, yibao.cli.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


# The wheel


def test_the_wheel_ships_code_packs_and_licence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("yibao-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    source = ROOT / "src"
    for path in (source / "yibao").rglob("*"):
        if path.suffix in (".py", ".yaml"):
            assert path.relative_to(source).as_posix() in names
    assert any(name.startswith("yibao/packs/") and name.endswith(".yaml") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {"yibao/papers/fonts/NotoSansSC-Regular.ttf", "yibao/papers/fonts/OFL.txt"} <= names


# The lock files


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _requirements() -> dict[str, list[str]]:
    project = _project()
    groups = project["dependency-groups"]
    optional = project["project"]["optional-dependencies"]
    base = project["project"]["dependencies"] + groups["build"] + optional["report"]
    # Engines are nobody's but a cluster's: `make verify` installs them apart (tools/engines.sh).
    extras = [text for name, rows in optional.items() if name != "spark" for text in rows]
    return {
        "requirements.lock": base,
        "requirements-dev.lock": base + groups["dev"] + extras,
    }


def _pins(lock: str) -> dict[str, list[str]]:
    pins: dict[str, list[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", line)
        if match:
            pins.setdefault(match[1].lower(), []).append(match[2])
    return pins


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_fits_the_project(lock: str) -> None:
    pins = _pins(lock)
    for text in _requirements()[lock]:
        requirement = Requirement(text)
        versions = pins.get(requirement.name.lower().replace("_", "-"), [])
        assert versions, f"{lock} 缺 {requirement.name}：请运行 make lock"
        assert all(version in requirement.specifier for version in versions), text


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_names_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(-index|-extra|-find|f |i )", text, re.MULTILINE)


def test_base_lock_is_part_of_the_development_lock() -> None:
    development = _pins("requirements-dev.lock")
    for name, versions in _pins("requirements.lock").items():
        assert development[name] == versions


def test_every_dependency_is_accounted_for() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    engines = _project()["project"]["optional-dependencies"]["spark"]
    for requirement in _requirements()["requirements-dev.lock"] + engines:
        assert f"`{Requirement(requirement).name}`" in text.lower(), requirement
