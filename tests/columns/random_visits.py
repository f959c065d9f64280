"""Random visits of every shape that the columns take, as an Arrow table."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.schema import FILING_KINDS, INSTITUTION_KINDS
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import DELIVERIES, GRADES, RELATIONS, VISIT_KINDS
from yibao.policy.kinds import InstitutionRank


def _texts(rng: np.random.Generator, choices: list[str | None], rows: int) -> pa.Array:
    indices = rng.integers(0, len(choices), rows)
    return pa.array(choices, pa.string()).take(pa.array(indices))


def _some(rng: np.random.Generator, values: np.ndarray, share: float) -> pa.Array:
    return pa.array(values, mask=rng.random(len(values)) >= share)


def random_visits(
    library: PolicyLibrary,
    rows: int,
    seed: int,
    *,
    first: str = "2021-06-01",
    last: str = "2027-12-31",
    first_person: int = 0,
) -> pa.Table:
    """``rows`` visits of families of one to four people, in order."""
    rng = np.random.default_rng(seed)
    # A pack that declares no topic complete answers a question or two; it settles hardly a visit.
    areas = [area.code for area in library.areas() if area.parent is not None and area.complete]
    rulebooks = [library.rulebook(code) for code in areas]
    groups = sorted(set.intersection(*(set(book.groups) for book in rulebooks)))
    diseases = sorted(set.intersection(*(set(book.diseases) for book in rulebooks)))
    families = max(1, rows // 24)
    family = np.sort(rng.integers(0, families, rows))
    member_of_family = rng.integers(0, 4, rows)
    person = family * 4 + member_of_family
    people = families * 4

    def of_person(values: np.ndarray) -> np.ndarray:
        return values[person]

    area = of_person(rng.integers(0, len(areas), families).repeat(4))
    scheme = of_person(rng.integers(0, 2, people))
    retired = of_person(rng.integers(0, 2, people))
    low = int(np.datetime64(first, "D").astype(int))
    high = int(np.datetime64(last, "D").astype(int))
    # Most of a family's visits fall into one or two years, so that ceilings are reached.
    start_of_family = rng.integers(low, max(low + 1, high - 500), families)[family]
    end_day = np.minimum(start_of_family + rng.integers(0, 500, rows), high)
    end_day = end_day[np.lexsort((end_day, family))]
    kind = rng.choice(5, rows, p=[0.4, 0.2, 0.2, 0.1, 0.1])
    stay = np.where(kind == 1, rng.integers(0, 60, rows), 0)
    total = np.where(
        rng.random(rows) < 0.05,
        rng.integers(0, 3_000_000_00, rows),
        np.exp(rng.normal(10.5, 1.8, rows)).astype(np.int64),
    )
    total = np.where(rng.random(rows) < 0.01, 0, total)
    shares = rng.random((3, rows)) * np.array([[0.3], [0.1], [0.2]])
    parts = (shares * (rng.random((3, rows)) < 0.5) * total).astype(np.int64)
    of_groups = (total - parts.sum(axis=0)) * (rng.random((2, rows)) < 0.1) // 3
    maternity = kind == 4
    employee = scheme == 1
    disease_names: list[str | None] = [*diseases]
    pharmacy = kind == 3
    institution = np.where(pharmacy, 1, rng.choice([0, 0, 0, 2, 3, 4, 5], rows))
    other = (member_of_family + rng.integers(1, 4, rows)) % 4
    relative = np.where(rng.random(rows) < 0.3, family * 4 + other, -1)
    columns = {
        "person": pa.array(person + first_person),
        "family": pa.array(family + first_person),
        "order": pa.array(np.arange(rows)),
        "visit": pa.array(np.arange(rows) + first_person * 1_000).cast(pa.string()),
        "area": pa.array(areas).take(pa.array(area)),
        "scheme": pa.array(["resident", "employee"]).take(pa.array(scheme)),
        "status": pa.array(["working", "retired"]).take(pa.array(retired, mask=~employee)),
        "contribution_class": _texts(rng, ["employer", "flexible"], rows),
        "birth_day": pa.array(
            of_person(rng.integers(-15_000, low - 40, people)).astype(np.int32)
        ).cast(pa.date32()),
        "groups": _texts(rng, [None] * 6 + [*groups, " ".join(groups[:3])], rows),
        "entitled": pa.array(rng.random(rows) < 0.95),
        "qualifying_months": pa.array(np.where(maternity, rng.integers(0, 24, rows), 0)),
        "timely_years": _texts(
            rng, [None, "2024 2025 2026", "2025", "2019 2020 2021 2022 2023 2024 2025 2026"], rows
        ),
        "institution": _texts(rng, ["h1", "h1", "h2", "h3"], rows),
        "institution_kind": pa.array(list(INSTITUTION_KINDS)).take(pa.array(institution)),
        "institution_area": _texts(rng, [None, None, None, *areas, "310100"], rows),
        "price_class": _some(rng, rng.integers(1, 4, rows), 0.95),
        "grade": _texts(rng, [None, *GRADES], rows),
        "rank": _texts(rng, [None, *InstitutionRank], rows),
        "county": pa.array(rng.random(rows) < 0.2),
        "filing_kind": _texts(rng, [None, None, *FILING_KINDS], rows),
        "kind": pa.array(list(VISIT_KINDS)).take(pa.array(kind)),
        "start_day": pa.array((end_day - stay).astype(np.int32)).cast(pa.date32()),
        "end_day": pa.array(end_day.astype(np.int32)).cast(pa.date32()),
        "emergency": pa.array(rng.random(rows) < 0.1),
        "disease": pa.array(disease_names).take(
            pa.array(
                rng.integers(0, len(diseases), rows), mask=(kind != 2) & (rng.random(rows) < 0.9)
            )
        ),
        "disease_from_day": _some(rng, (end_day - rng.integers(0, 2_000, rows)), 0.5)
        .cast(pa.int32())
        .cast(pa.date32()),
        "prescription": pa.array(rng.random(rows) < 0.5),
        "family_doctor": pa.array(rng.random(rows) < 0.3),
        "referred": pa.array(rng.random(rows) < 0.3),
        "dual_channel": pa.array(pharmacy & (rng.random(rows) < 0.3)),
        "delivery": pa.array(list(DELIVERIES)).take(
            pa.array(
                rng.integers(0, len(DELIVERIES), rows), mask=~maternity | (rng.random(rows) < 0.5)
            )
        ),
        "without_stay": pa.array(maternity & (rng.random(rows) < 0.3)),
        "fetuses": pa.array(np.where(maternity, rng.integers(1, 4, rows), 1)),
        "gestation_months": pa.array(np.where(maternity, rng.integers(0, 11, rows), 0)),
        "total_fen": pa.array(total),
        "out_of_catalogue_fen": pa.array(parts[0]),
        "over_limit_fen": pa.array(parts[1]),
        "upfront_fen": pa.array(parts[2]),
        "essential_drug_fen": pa.array(of_groups[0]),
        "chinese_medicine_fen": pa.array(of_groups[1]),
        "draw_own": pa.array(rng.random(rows) < 0.5),
        "draw_relative": pa.array(relative + first_person, mask=relative < 0),
        "relation": _texts(rng, list(RELATIONS), rows),
        "grant_in_force": pa.array(rng.random(rows) < 0.9),
        "grant_limit_fen": _some(rng, rng.integers(0, 500_000, rows), 0.5),
        "grantor_in_order": pa.array(rng.random(rows) < 0.9),
        "balance_fen": _some(rng, rng.integers(0, 1_000_000, rows), 0.1),
        "account_change_fen": _some(rng, rng.integers(0, 50_000, rows), 0.2),
        "grantor_balance_fen": pa.array(
            rng.integers(0, 2_000_000, rows), mask=(relative < 0) | (rng.random(rows) < 0.7)
        ),
        "used_inpatient_pooled_fen": _some(rng, rng.integers(0, 9_000_000, rows), 0.02),
        "used_eligible_own_fen": _some(rng, rng.integers(0, 60_000_000, rows), 0.02),
        "used_upper_fen": _some(rng, rng.integers(0, 30_000_000, rows), 0.01),
        "used_admissions": _some(rng, rng.integers(0, 6, rows), 0.02),
        "used_fund_fen": _some(rng, rng.integers(0, 9_000, rows), 0.02),
    }
    return pa.table(columns)


def with_reversals(visits: pa.Table, seed: int, share: float = 0.04) -> pa.Table:
    """The visits, some of which are reversed after up to six further rows of their family.

    A few are reversed twice, which is refused; so is what reverses a visit that was refused.
    """
    rng = np.random.default_rng(seed)
    rows = visits.num_rows
    reversed_row = np.sort(rng.choice(rows, max(1, int(rows * share))))
    family = visits.column("family").to_numpy()
    behind = reversed_row + rng.integers(0, 7, len(reversed_row))
    last_of_family = np.searchsorted(family, family[reversed_row], side="right") - 1
    undone = visits.take(pa.array(reversed_row))
    names = pc.cast(pa.array(np.arange(len(reversed_row))), pa.string())
    of_reversal = {
        "kind": pa.array(["reverse"] * len(reversed_row)),
        "visit": pc.binary_join_element_wise(undone.column("visit"), names, "r"),
        "reverses": pc.cast(undone.column("visit"), pa.string()),
    }
    for name, values in of_reversal.items():
        if name in undone.column_names:
            undone = undone.set_column(undone.column_names.index(name), name, values)
        else:
            undone = undone.append_column(name, values)
    told = visits.append_column("reverses", pa.nulls(rows, pa.string()))
    position = np.concatenate([np.arange(rows), np.minimum(behind, last_of_family)])
    together = pa.concat_tables([told, undone]).take(pa.array(np.argsort(position, kind="stable")))
    order = together.column_names.index("order")
    return together.set_column(order, "order", pa.array(np.arange(together.num_rows)))
