"""How much memory ``columns.run`` needs for one table, which it cuts by itself.

``python benchmarks/columns/memory.py 2000000``: the peak of the whole process while a table of
so many rows is settled, beside what table and answer hold themselves.
"""

from __future__ import annotations

import datetime
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
from made_up import write

from yibao import columns
from yibao.policy.compile import PolicyLibrary

AREA, DISEASE = "140100", "hypertension"


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "visits.parquet"
        write(path, AREA, DISEASE, rows)
        table = pq.read_table(path)
        library = PolicyLibrary.load()
        columns.run(table.slice(0, 1_000), library, quiet=True)  # compiled, or read from the cache
        before, began = _peak(), time.perf_counter()
        settled = columns.run(table, library, quiet=True)
        seconds, peak = time.perf_counter() - began, _peak()
    tables = table.nbytes + settled.table.nbytes
    print(
        f"{datetime.datetime.now(datetime.UTC).date()}，{rows:,} 行：峰值 {peak / 1e9:.2f} GB，"
        f"开始时 {before / 1e9:.2f} GB；输入 {table.nbytes / 1e6:.0f} MB、"
        f"答案 {settled.table.nbytes / 1e6:.0f} MB，其余 {(peak - before - tables) / 1e6:.0f} MB；"
        f"{seconds:.1f} 秒，负载 {os.getloadavg()[0]:.1f}"
    )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000)
