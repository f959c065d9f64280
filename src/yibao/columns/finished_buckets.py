"""What finished buckets come to in one file: amounts of one width, all refused rows together."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.columns.bucket import REJECTS, SettledBucket
from yibao.columns.write.file import OutputFile
from yibao.columns.write.output import RefusedRow
from yibao.messages import text_of
from yibao.private_files import reserve

_FIRST_REJECTS = 10


def schema_of(paths: Sequence[Path]) -> pa.Schema:
    """That of the first file, of 64 bits where one of them is."""
    schemas = [pq.read_schema(path) for path in paths]
    wide = (schema for schema in schemas if schema.field("total").type == pa.int64())
    return next(wide, schemas[0])


def of_one_width(paths: Sequence[Path]) -> Sequence[Path]:
    """The files with their amounts in one type: written again where another file needs 64 bits."""
    schema = schema_of(paths)
    for path in paths:
        file = pq.ParquetFile(path, pre_buffer=False)
        if file.schema_arrow.field("total").type == schema.field("total").type:
            continue
        wide = path.with_suffix(".wide")
        with closing(OutputFile(wide, schema)) as writer:
            for batch in file.iter_batches():
                writer.write(pa.Table.from_batches([batch]).cast(schema))
        wide.replace(path)
    return paths


def write_rejects(
    path: Path,
    before: Sequence[RefusedRow],
    buckets: Sequence[SettledBucket],
    after: Sequence[RefusedRow],
    language: str,
) -> list[RefusedRow]:
    """All refused rows into one file; the first of them."""
    with reserve(path).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["row", "column", "reason"])
        rows.writerows((row, column, text_of(reason, language)) for row, column, reason in before)
        for bucket in buckets:
            with (bucket.folder / REJECTS).open(encoding="utf-8", newline="") as part:
                part.readline()
                shutil.copyfileobj(part, file)
        rows.writerows((row, column, text_of(reason, language)) for row, column, reason in after)
    of_buckets = [RefusedRow(*refused) for bucket in buckets for refused in bucket.first_rejects]
    return [*before, *of_buckets, *after][:_FIRST_REJECTS]
