"""Made-up claims of one area for the benchmarks: who, when, where, how much; seeded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CHUNK = 1 << 20
KINDS = ("outpatient", "inpatient", "chronic", "pharmacy")
SHARES = (0.7, 0.05, 0.15, 0.1)
VISITS_A_PERSON = 10
DIFFERENT = 8


def chunk(area: str, disease: str, rows: int, seed: int, first_person: int) -> pa.Table:
    """``rows`` visits of one year, in order; about ten for each person."""
    rng = np.random.default_rng(seed)
    people = max(1, rows // VISITS_A_PERSON)
    person = np.sort(rng.integers(0, people, rows))
    member = rng.integers(0, 3, people)[person]
    kind = rng.choice(len(KINDS), rows, p=SHARES)
    new_year = int(np.datetime64("2025-01-01", "D").astype(int))
    end_day = new_year + 20 + rng.integers(0, 345, rows)
    end_day = end_day[np.lexsort((end_day, person))]
    stay = np.where(kind == 1, rng.integers(2, 15, rows), 0)
    total = np.where(
        kind == 1, np.exp(rng.normal(13.8, 0.8, rows)), np.exp(rng.normal(9.9, 0.9, rows))
    ).astype(np.int64)
    out = np.where(rng.random(rows) < 0.4, total // 12, 0)
    upfront = np.where(rng.random(rows) < 0.5, total // 25, 0)

    def coded(values: list[str], indices: np.ndarray, mask: np.ndarray | None = None) -> pa.Array:
        return pa.DictionaryArray.from_arrays(
            pa.array(indices.astype(np.int8), mask=mask), pa.array(values)
        )

    def day(values: np.ndarray) -> pa.Array:
        return pa.array(values.astype(np.int32)).cast(pa.date32())

    zeros = np.zeros(rows, dtype=np.int8)
    return pa.table(
        {
            "person": pa.array(person + first_person),
            "area": coded([area], zeros),
            "scheme": coded(["resident", "employee"], np.minimum(member, 1)),
            "status": coded(["working", "retired"], np.maximum(member - 1, 0), member == 0),
            "birth_day": day(rng.integers(-14_000, 12_000, people)[person]),
            "entitled": pa.array(rng.random(rows) < 0.99),
            "institution_kind": coded(["hospital", "pharmacy"], (kind == 3).astype(np.int8)),
            "price_class": pa.array(rng.integers(1, 4, rows).astype(np.int8)),
            "kind": coded(list(KINDS), kind),
            "start_day": day(end_day - stay),
            "end_day": day(end_day),
            "disease": coded([disease], zeros, kind != 2),
            "prescription": pa.array((kind == 3) & (rng.random(rows) < 0.8)),
            "total_fen": pa.array(total.astype(np.int32)),
            "out_of_catalogue_fen": pa.array(out.astype(np.int32)),
            "upfront_fen": pa.array(upfront.astype(np.int32)),
            "draw_own": pa.array(member > 0),
            "balance_fen": pa.array(
                rng.integers(0, 500_000, people)[person],
                mask=np.diff(person, prepend=-1) == 0,
            ),
        }
    )


def write(path: Path, area: str, disease: str, rows: int) -> None:
    """A Parquet file of ``rows`` visits, made chunk by chunk.

    After ``DIFFERENT`` chunks the visits repeat with other people: making random visits
    takes longer than settling them.
    """
    writer: pq.ParquetWriter | None = None
    chunks: dict[tuple[int, int], pa.Table] = {}
    done = 0
    while done < rows:
        count = min(CHUNK, rows - done)
        key = (done // CHUNK % DIFFERENT, count)
        if key not in chunks:
            chunks[key] = chunk(area, disease, count, 1 + key[0], 0)
        table = chunks[key]
        person = pc.add(table.column("person"), done)
        table = table.set_column(table.column_names.index("person"), "person", person)
        if writer is None:
            writer = pq.ParquetWriter(path, table.schema, compression="lz4")
        writer.write_table(table, row_group_size=1 << 18)
        done += count
    if writer is not None:
        writer.close()
