"""Random visits in every area that has a pack, in every year, with every fact that a row takes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from random_visits import random_visits

from yibao.columns.schema import (
    ACCUMULATOR_COLUMNS,
    COLUMNS,
    FACT_COLUMNS,
    ITEM_FACT_COLUMNS,
)
from yibao.policy.compile import PolicyLibrary

USUAL_YEARS = ("2021-06-01", "2027-12-31")
ALL_YEARS = ("2009-01-01", "2034-12-31")
"""From before the first figure of any pack to years for which none has one."""
OPTIONAL = ("sex", "grantee_in_order", "used_disease_fen", "used_maternity_fen")
TOTALS = (
    "total_fen",
    "out_of_catalogue_fen",
    "over_limit_fen",
    "upfront_fen",
    "essential_drug_fen",
    "chinese_medicine_fen",
)


def visits_everywhere(
    library: PolicyLibrary, rows: int, seed: int, *, first_person: int = 0, number: int = 0
) -> pa.Table:
    """``rows`` visits of families of one to four people, in order, over all areas with a pack.

    ``number`` takes turns: every fourth one is over all years; every third one writes amounts by
    class.
    """
    rng = np.random.default_rng([seed, number])
    first, last = ALL_YEARS if number % 4 == 3 else USUAL_YEARS
    visits = random_visits(library, rows, seed, first=first, last=last, first_person=first_person)
    family = visits.column("family").to_numpy() - first_person
    areas = [area for area in library.areas() if area.parent is not None]
    # Nowhere is left out; most families live where more topics are complete, as elsewhere most
    # visits are refused.
    weights = np.array([2.0 + len(area.complete) for area in areas])
    area = rng.choice(len(areas), int(family.max()) + 1, p=weights / weights.sum())[family]
    codes = [each.code for each in areas]
    replaced: dict[str, pa.Array] = {
        "area": pa.array(codes).take(pa.array(area)),
        "institution_area": _texts(rng, rows, [None] * len(codes) * 2 + [*codes, "650100"]),
        "groups": _of_area(rng, library, codes, area, _groups_of),
    }
    without_disease = visits.column("disease").is_null().to_numpy()
    diseases = _of_area(rng, library, codes, area, _diseases_of)
    replaced["disease"] = pa.array(diseases.to_numpy(zero_copy_only=False), mask=without_disease)
    for name in (*FACT_COLUMNS, *OPTIONAL, *ACCUMULATOR_COLUMNS):
        if name not in visits.column_names:
            replaced[name] = _of_column(rng, rows, name)
    for name in ("grantor_area", "account_area"):
        replaced[name] = _texts(rng, rows, [None] * len(codes) * 2 + codes)
    for name, values in replaced.items():
        if name in visits.column_names:
            visits = visits.set_column(visits.column_names.index(name), name, values)
        else:
            visits = visits.append_column(name, values)
    return _by_class(visits, rng) if number % 3 == 2 else visits


def _texts(rng: np.random.Generator, rows: int, choices: list[str | None]) -> pa.Array:
    numbers = rng.integers(0, len(choices), rows)
    return pa.array(choices, pa.string()).take(pa.array(numbers))


def _groups_of(library: PolicyLibrary, code: str) -> list[str | None]:
    groups = [*library.rulebook(code).groups]
    return [None] * len(groups) + [*groups, " ".join(groups[:3]), " ".join(groups[-2:])]


def _diseases_of(library: PolicyLibrary, code: str) -> list[str | None]:
    return [*library.rulebook(code).diseases]


def _of_area(
    rng: np.random.Generator,
    library: PolicyLibrary,
    codes: list[str],
    area: np.ndarray,
    names_of: Callable[[PolicyLibrary, str], list[str | None]],
) -> pa.Array:
    """Of each row one of the names that its area knows."""
    cells = np.empty(len(area), dtype=object)
    for number, code in enumerate(codes):
        (of_area,) = np.nonzero(area == number)
        names = np.array(names_of(library, code), dtype=object)
        cells[of_area] = names[rng.integers(0, len(names), len(of_area))]
    return pa.array(cells, pa.string())


def _of_column(rng: np.random.Generator, rows: int, name: str) -> pa.Array:
    """Cells of a column by its unit; most of those that carry in are empty."""
    column = COLUMNS[name]
    if column.choices:
        return _texts(rng, rows, [None, *column.choices])
    if column.unit == "flag":
        return pa.array(rng.random(rows) < 0.8, mask=rng.random(rows) < 0.2)
    if column.unit == "fen":
        return pa.array(rng.integers(0, 9_000_000, rows), mask=rng.random(rows) > 0.02)
    assert column.unit == "text", name  # names that a pack may define: hardly any is known
    return pa.nulls(rows, pa.string())


def _by_class(visits: pa.Table, rng: np.random.Generator) -> pa.Table:
    """The same totals written as class A, B and C, with limits and upfront parts."""
    rows = visits.num_rows
    total = visits.column("total_fen").to_numpy()
    share = rng.random((3, rows))
    of_class = {
        "class_b": (total * share[0]).astype(np.int64),
        "class_c": (total * share[1] * 0.2 * (share[1] < 0.5)).astype(np.int64),
    }
    of_class["class_b"] = np.minimum(of_class["class_b"], total - of_class["class_c"])
    of_class["class_a"] = total - of_class["class_b"] - of_class["class_c"]
    columns: dict[str, pa.Array] = {
        f"{name}_fen": pa.array(amount) for name, amount in of_class.items()
    }
    for name in ("class_a", "class_b"):
        limit = (of_class[name] * rng.random(rows) * 0.2).astype(np.int64)
        columns[f"{name}_over_limit_fen"] = pa.array(limit, mask=rng.random(rows) < 0.7)
    shares = np.array([0, 500, 1_000, 1_500, 3_333, 10_000])[rng.integers(0, 6, rows)]
    columns["class_b_upfront_basis_points"] = pa.array(shares, mask=rng.random(rows) < 0.5)
    kinds = [None, *ITEM_FACT_COLUMNS["kind"].choices]
    columns["class_b_kind"] = _texts(rng, rows, kinds)
    visits = visits.drop_columns([*TOTALS])
    for name, values in columns.items():
        visits = visits.append_column(name, values)
    return visits
