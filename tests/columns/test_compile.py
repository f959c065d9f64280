"""The compiled copies agree with CPython, fen for fen."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from rules_builder import random_fen, random_rules

import yibao.benefit.functions  # noqa: F401 - fills the register
from yibao.benefit.functions.basic import visit_terms
from yibao.benefit.functions.settlement import settle
from yibao.benefit.terms import NO_DAY, Accumulators, Increase, Settlement, Used, VisitFacts
from yibao.columns.compile import Compiled, compile_functions, source_hash, tell_first
from yibao.policy import parameters as p
from yibao.policy.keys import GRADES, RANKS
from yibao.policy.parameters import MISSING
from yibao.registry import REGISTERED

VERIFY = os.environ.get("YIBAO_VERIFY") == "1"
CALLS = 20_000 if VERIFY else 200
SEGMENTS = 400 if VERIFY else 25
SEED = int.from_bytes(os.urandom(4), "big") if VERIFY else 20_250_301
"""New inputs in every full run; a failure shows the seed, the segment and the arguments."""


@pytest.fixture(scope="session")
def compiled() -> Compiled:
    """The register, compiled; kept between runs under a hash of its sources."""
    return compile_functions(list(REGISTERED))


@functools.cache
def segment(index: int) -> tuple[int, ...]:
    """Random rules, of which some have figures that no source gives."""
    return random_rules(Random(SEED + index), gaps=index % 2 == 1)


def _integer(low: int, high: int) -> Callable[[Random], int]:
    return lambda random: random.randrange(low, high + 1)


def _fen(random: Random) -> int:
    return random_fen(random, 10)


def _used(random: Random) -> int:
    return random.choice((0, random_fen(random, 8)))


def _optional_fen(random: Random) -> int:
    return random.choice((-1, _fen(random)))


def _groups(random: Random) -> int:
    return random.choice((0, 0, 1 << random.randrange(12), random.randrange(1 << 12)))


def _ratio_or_none(random: Random) -> int:
    return random.choice((-1, random.randrange(10_001)))


def _increase(random: Random) -> Increase:
    return Increase(random.randrange(3), *(_used(random) for _ in Increase._fields[1:]))


def _settlement(random: Random) -> Settlement:
    return Settlement(0, *(_used(random) for _ in Settlement._fields[1:]))


def _day(random: Random) -> int:
    return random.choice((NO_DAY, random.randrange(0, 30_000)))


def _accumulators(random: Random) -> Accumulators:
    if random.random() < 0.2:
        return Accumulators()
    return Accumulators(*(_used(random) for _ in Accumulators._fields))


def _visit(random: Random) -> VisitFacts:
    facts: dict[str, int] = {}
    for field in VisitFacts._fields:
        facts[field] = ARGUMENTS[VISIT_ARGUMENTS.get(field, field)](random)
    left = facts["total"]
    shares = ("out_of_catalogue", "over_limit", "upfront", "essential_drugs", "chinese_medicine")
    for field in shares:
        part = random.choice((0, random.randrange(left + 1)))
        facts[field] = part
        left -= part
    facts["entitled"] = int(random.random() < 0.95)
    return VisitFacts(**facts)


def _table_with(keys: int) -> Callable[[Random], int]:
    places = [table.place for table in p.TABLES if len(table.keys) == keys]
    return lambda random: random.choice(places)


_flag = _integer(0, 1)
_month_count = _integer(0, 500)
_position = _integer(0, 63)

VISIT_ARGUMENTS = {
    "kind": "kind",
    "age": "flag",
    "former": "flag",
    "entitled": "flag",
    "prescription": "flag",
    "qualifying_months": "months",
    "essential_drugs": "upfront",
    "chinese_medicine": "upfront",
    "maternity_used": "used",
    "disease_used": "used",
    "ceiling_bonus": "used",
    "total": "amount",
    "out_of_catalogue": "amount",
    "over_limit": "amount",
    "upfront": "amount",
    "disease": "visit_disease",
    "deductible_times": "times",
    "period_deductible": "used",
    "period_eligible": "used",
}

ARGUMENTS: dict[str, Callable[[Random], Any]] = {
    "visit": _visit,
    "visit_disease": _position,
    "times": _integer(-1, 14),
    "status": _integer(-4_000, 1),
    "used": _used,
    "months": _month_count,
    "mode": _integer(0, 4),
    "scaled": lambda random: random.randrange(10 ** random.randrange(1, 17)),
    "ratio": _integer(0, 10_000),
    "ratio_or_none": _ratio_or_none,
    "own_ratio": _ratio_or_none,
    "cell": _integer(0, len(segment(0)) - 1),
    "more": _increase,
    "of_group": lambda random: p.GROUP_INDIVIDUAL,
    "of_all": lambda random: p.INDIVIDUAL,
    "new_year": _integer(-3_000, 30_000),
    "present": lambda random: p.DISEASE_TERM,
    "former": lambda random: p.FORMER_TERM,
    "ceiling_cell": _integer(0, len(segment(0)) - 1),
    "own_ratio_cell": _integer(0, len(segment(0)) - 1),
    **dict.fromkeys(("first", "second", "third", "fourth", "fifth"), _integer(0, 70)),
    "relation": _integer(0, 7),
    "limit": _optional_fen,
    "upfront": _ratio_or_none,
    "pension": _optional_fen,
    "left": _optional_fen,
    "shared_left": _optional_fen,
    "top": _optional_fen,
    "groups": _groups,
    "kind": _integer(0, 4),
    "counted": _integer(0, 4),
    "care": _integer(0, 2),
    "under": _integer(0, 2),
    "pool": _integer(0, 7),
    "member": _integer(0, 2),
    "tier": _integer(0, 4),
    "prescriber": _integer(-1, 4),
    "band": _integer(0, 4),
    "place": _integer(0, 5),
    "nth": _integer(0, 8),
    "disease": _integer(-1, 63),
    "scheme": _flag,
    "setting": _flag,
    "item_kind": _integer(0, 2),
    "item_class": _integer(0, 2),
    "delivery": _integer(-1, 5),
    "hospital": _integer(0, 2),
    "clinic": _integer(0, 2),
    "most": _fen,
    "shared": _flag,
    "without_stay": _flag,
    "fetuses": _integer(1, 4),
    "gestation_months": _integer(0, 10),
    "contribution_class": _flag,
    "sex": _flag,
    "months_since_employee": _integer(-1, 12),
    "month": _integer(1, 12),
    "year": _integer(1600, 2400),
    "paid_day": _integer(0, 30_000),
    "first_day": _integer(-3_000, 30_000),
    "last_day": _integer(-3_000, 30_000),
    "admitted_day": _day,
    "birth": _integer(1900_01_01, 2100_12_31),
    "years": _integer(0, 250),
    "last_month": _integer(1900_01, 2100_12),
    "settlement": _settlement,
    "stated": _integer(0, 3),
    "points": _integer(-3_000, 3_000),
    "days": _integer(0, 400),
    "flag": _flag,
}
for _name in (
    "family_doctor entitled miscarriage difficult retired paid claimed bonus_used use_own"
    " use_relative grant_in_force grantee_in_order grantor_in_order same_area same_province"
    " late first_of_year same_year ceiling_reached age former prescription"
    " dual_channel sent_on emergency by_month manual county finished"
).split():
    ARGUMENTS.setdefault(_name, _flag)
for _name in (
    "streak earned_steps zero_claim_years lapsed_years repaired_years lapsed_months admissions"
    " differing"
).split():
    ARGUMENTS[_name] = _integer(0, 30)
for _name in "actual_months deemed_months".split():
    ARGUMENTS[_name] = _month_count
for _name in (
    "amount eligible own own_balance grantor_balance payable out_of_catalogue base own_before"
    " own_after start end bottom deductible_used eligible_used declared annual"
    " monthly_average payment own_base passed bonus borne pooled upper assisted"
    " disease_paid maternity_paid under_inpatient ceiling part claims upper_used"
).split():
    ARGUMENTS[_name] = _fen

SPECIAL: dict[tuple[str, str], Callable[[Random], Any]] = {
    **{(name, "start"): _integer(0, 30_000) for name in ("within_days", "days_begin")},
    **{(name, "day"): _integer(0, 30_000) for name in ("within_days", "days_begin")},
    ("civil", "day"): _integer(-140_000, 160_000),
    ("add_months", "day"): _integer(-140_000, 160_000),
    ("day_of", "day"): _integer(1, 28),
    ("monthly_credit", "age"): _integer(0, 110),
    ("premium_subsidy", "paid"): _fen,
    ("base_used_by_ceiling", "paid"): _fen,
    ("add_months", "months"): _integer(-600, 600),
    ("delivery_payment", "delivery"): _integer(0, 5),
    ("table_ratio", "age"): _flag,
    ("rate_cell", "table"): _integer(0, len(p.TABLES) - 1),
    ("rate_cell", "plans"): lambda random: p.PLAN_FLEXIBLE_RATE,
    ("completed_years", "day"): _integer(1900_01_01, 2100_12_31),
    ("price_class_of", "grade"): _integer(-1, len(GRADES) - 1),
    ("price_class_of", "rank"): _integer(0, len(RANKS) - 1),
    ("upper_layers", "used"): _accumulators,
    ("ceiling_left", "ceiling"): _optional_fen,
    **{(f"cell_{keys}", "table"): _table_with(keys) for keys in range(1, 6)},
}


def arguments(function: Callable[..., Any], random: Random) -> dict[str, Any]:
    """Random arguments by name, without ``rules`` and ``trace``."""
    values = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in ("rules", "trace"):
            continue
        if name == "figures":
            values.setdefault("of_terms", _visit(random))
        elif _takes_accumulators(name, parameter):
            values[name] = _accumulators(random)
        else:
            values[name] = SPECIAL.get((function.__name__, name), ARGUMENTS.get(name))(random)
    return values


def _takes_accumulators(name: str, parameter: inspect.Parameter) -> bool:
    return name == "used" and parameter.annotation is not int


def positional(
    function: Callable[..., Any], rules: Any, trace: Any, values: dict[str, Any]
) -> list[Any]:
    by_name = {"rules": rules, "trace": trace} | values
    if "figures" in inspect.signature(function).parameters:
        terms = visit_terms(tuple(map(int, rules)), values.get("visit") or values["of_terms"])
        by_name["figures"] = terms if isinstance(rules, tuple) else np.array(terms, dtype=np.int64)
    used = inspect.signature(function).parameters.get("used")
    if used is not None and used.annotation == Used and not isinstance(rules, tuple):
        by_name["used"] = np.array(by_name["used"], dtype=np.int64)
    return [by_name[name] for name in inspect.signature(function).parameters]


def _numbers(value: Any) -> list[int]:
    if value is None:
        return []
    if isinstance(value, tuple | list):
        return [number for part in value for number in _numbers(part)]
    return [int(value)]


def _trace_of(function: Callable[..., Any]) -> list[tuple[int, int, int]] | None:
    return [] if "trace" in inspect.signature(function).parameters else None


NAMES = [function.__name__ for function in REGISTERED]


def test_every_argument_has_a_range() -> None:
    for function in REGISTERED:
        for name, parameter in inspect.signature(function).parameters.items():
            known = name in ("rules", "trace", "figures") or _takes_accumulators(name, parameter)
            assert known or (function.__name__, name) in SPECIAL or name in ARGUMENTS, (
                f"{function.__name__}({name})"
            )


@pytest.mark.parametrize("name", NAMES)
def test_compiled_agrees_with_cpython(name: str, compiled: Compiled) -> None:
    function = REGISTERED[NAMES.index(name)]
    random = Random(f"{SEED} {name}")
    segments = [np.array(segment(index), dtype=np.int64) for index in range(SEGMENTS)]
    for _ in range(CALLS):
        index = random.randrange(SEGMENTS)
        values = arguments(function, random)
        plain = function(*positional(function, segment(index), None, values))
        quick = compiled[name](*positional(function, segments[index], None, values))
        assert quick == plain, f"seed {SEED}, segment {index}, {values}"
        assert type(quick).__name__ == type(plain).__name__
        # A figure without a source must refuse, never enter the arithmetic.
        assert max(map(abs, _numbers(plain)), default=0) < -MISSING // 4, (
            f"segment {index}, {values}"
        )


@pytest.mark.parametrize("name", NAMES)
def test_trace_and_kind_of_rules_change_no_result(name: str) -> None:
    function = REGISTERED[NAMES.index(name)]
    random = Random(f"trace {SEED} {name}")
    for _ in range(CALLS // 10):
        index = random.randrange(SEGMENTS)
        values = arguments(function, random)
        plain = function(*positional(function, segment(index), None, values))
        traced = function(*positional(function, segment(index), _trace_of(function), values))
        assert traced == plain, f"seed {SEED}, segment {index}, {values}"
        array = np.array(segment(index), dtype=np.int64)
        assert function(*positional(function, array, None, values)) == plain
        # SQLite and JSON give lists.
        assert function(*positional(function, list(segment(index)), None, values)) == plain


def test_a_trace_names_real_cells_and_codes() -> None:
    from yibao.benefit.steps import STEP_KINDS

    random = Random(f"cells {SEED}")
    for _ in range(CALLS):
        rules = segment(random.randrange(SEGMENTS))
        trace: list[tuple[int, int, int]] = []
        settle(rules, _visit(random), _accumulators(random), trace)
        assert trace
        for code, at, _amount in trace:
            assert code in STEP_KINDS
            assert -1 <= at < len(rules)


# --- the cache sees every change ------------------------------------------------------------

CALLEE = "def inner(amount: int) -> int:\n    return amount + {step}\n"
CALLER = (
    "from {callee} import inner\n\n\ndef outer(amount: int) -> int:\n    return inner(amount) * 2\n"
)


def _module(folder: Path, name: str, text: str) -> Any:
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def modules(tmp_path: Path) -> Any:
    """Writes a callee and its caller as modules; forgets them after the test."""
    before = set(sys.modules)

    def write(step: int) -> list[Callable[..., Any]]:
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        sys.modules.pop("kernel_callee", None)
        callee = _module(tmp_path, "kernel_callee", CALLEE.format(step=step))
        caller = tmp_path / "kernel_caller.py"
        if caller.exists():  # the caller's file stays untouched
            spec = importlib.util.spec_from_file_location("kernel_caller", caller)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules["kernel_caller"] = module
            spec.loader.exec_module(module)
        else:
            module = _module(tmp_path, "kernel_caller", CALLER.format(callee="kernel_callee"))
        return [callee.inner, module.outer]

    yield write
    for name in set(sys.modules) - before:
        if name.startswith("kernel_"):
            del sys.modules[name]


def test_a_changed_callee_in_another_file_is_seen(modules: Any, tmp_path: Path) -> None:
    first = modules(1)
    before = source_hash(first)
    assert compile_functions(first, folder=tmp_path / "cache")["outer"](10) == 22
    second = modules(5)
    assert source_hash(second) != before
    assert compile_functions(second, folder=tmp_path / "cache")["outer"](10) == 30
    again = modules(1)
    assert source_hash(again) == before
    assert compile_functions(again, folder=tmp_path / "cache")["outer"](10) == 22


def test_the_same_sources_installed_elsewhere_find_what_was_compiled(
    modules: Any, tmp_path: Path
) -> None:
    """And a compilation is told of, which reading from the cache is not."""
    told: list[str] = []
    tell_first(lambda: told.append("compiled"))
    first = modules(1)
    assert compile_functions(first, folder=tmp_path / "cache")["outer"](10) == 22
    assert told == ["compiled"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("kernel_callee", "kernel_caller"):
        shutil.copy(tmp_path / f"{name}.py", elsewhere)
        sys.modules.pop(name)
    callee, caller = (
        _module(elsewhere, name, (elsewhere / f"{name}.py").read_text(encoding="utf-8"))
        for name in ("kernel_callee", "kernel_caller")
    )
    functions = [callee.inner, caller.outer]
    assert source_hash(functions) == source_hash(first)
    told.clear()
    tell_first(lambda: told.append("compiled"))
    assert compile_functions(functions, folder=tmp_path / "cache")["outer"](10) == 22
    assert told == []


def test_the_hash_covers_functions_constants_and_types() -> None:
    files = {Path(inspect.getsourcefile(function) or "").name for function in REGISTERED}
    assert {"settlement.py", "rounding.py", "calendar.py"} <= files
    assert source_hash(list(REGISTERED)) == source_hash(list(REGISTERED))
    assert source_hash(list(REGISTERED)) != source_hash(list(REGISTERED)[:1])


@pytest.mark.parametrize("changed", ["policy/parameters.py", "benefit/terms.py"])
def test_the_hash_changes_with_the_layout(changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = source_hash(list(REGISTERED))
    read = Path.read_bytes
    seen = []

    def read_changed(path: Path) -> bytes:
        if path.as_posix().endswith(changed):
            seen.append(path)
            return read(path) + b"\n"
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_changed)
    assert source_hash(list(REGISTERED)) != before
    assert seen


def test_the_hash_changes_with_a_constant_that_is_imported_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = source_hash(list(REGISTERED))
    monkeypatch.setitem(settle.__globals__, "KIND_INPATIENT", 9)
    assert source_hash(list(REGISTERED)) != before
