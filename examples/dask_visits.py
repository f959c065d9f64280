"""A folder of visits settled by Dask: every bucket of families is a task of its own.

    python examples/dask_visits.py VISITS.parquet OUT ROW_ID [BUCKETS]

The same function runs as in ``yibao batch`` and in Spark; Dask only hands out the buckets.  A
worker that dies loses its bucket alone: it is done again.  On a real cluster VISITS and OUT lie
where every worker reaches them, and ``Client`` is given the address of its scheduler.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from dask.distributed import Client, as_completed

from yibao.columns.partition import buckets, family_key, reconcile
from yibao.columns.read.families import ROW
from yibao.columns.read.whole_input import LOOKED_AT, WholeInput, WrongRows
from yibao.columns.spark import PartitionWork, settle_rows
from yibao.columns.travelling import TravellingLibrary
from yibao.policy.compile import PolicyLibrary


def wrong_rows(visits: str, row_id: str) -> WrongRows:
    """Visits written twice, people in two families: only a look over all rows shows them."""
    look = WholeInput(None, every=True)
    file = pq.ParquetFile(visits)
    names = [name for name in (*LOOKED_AT, row_id) if name in file.schema_arrow.names]
    for batch in file.iter_batches(columns=names):
        table = pa.Table.from_batches([batch])
        look.see(table.rename_columns({row_id: ROW}))
    return look.wrong_rows()


def bucket_of(visits: str, bucket: int, count: int) -> pa.Table:
    """The rows of whole families that fall into a bucket, families in ascending order."""
    parts = []
    for batch in pq.ParquetFile(visits).iter_batches():
        table = pa.Table.from_batches([batch])
        dealt = buckets(family_key(table), count)
        parts.append(table.take(pa.array(np.flatnonzero(dealt == bucket))))
    whole = pa.concat_tables(parts)
    key = family_key(whole)
    return whole.append_column("__family", key).sort_by("__family").drop_columns("__family")


def settle_bucket(
    work: PartitionWork, visits: str, target: str, bucket: int, count: int
) -> pa.Table:
    """Settle a bucket into a file; its sums come back."""
    rows = bucket_of(visits, bucket, count)
    stream = pa.Table.from_batches(list(settle_rows(work, iter(rows.to_batches()))))
    file = Path(target, f"{bucket:06}.parquet")
    pq.write_table(stream, file.with_suffix(".unfinished"))
    file.with_suffix(".unfinished").replace(file)
    return stream.filter(pa.compute.equal(stream.column("mark"), "note"))


def main(visits: str, target: str, row_id: str, count: int = 16) -> None:
    Path(target).mkdir()
    rules = TravellingLibrary.of(PolicyLibrary.load()).to_bytes()
    work = PartitionWork(rules, pq.read_schema(visits), row_id, wrong=wrong_rows(visits, row_id))
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as client:
        sent = client.scatter(work, broadcast=True)
        tasks = [
            client.submit(settle_bucket, sent, visits, target, bucket, count)
            for bucket in range(count)
        ]
        notes = []
        for ready, task in enumerate(as_completed(tasks), 1):
            notes.append(task.result())
            print(f"{ready}/{count}", file=sys.stderr)
    totals = reconcile(pa.concat_tables(notes))
    print(f"visits {totals.visits}, rejected {totals.rejected}, fund {totals.people['fund']} fen")


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:5]))
