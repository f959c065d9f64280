"""The file of answers: how each column is written down, which no reader has to know."""

from __future__ import annotations

import base64
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.columns.write.output import plain_type
from yibao.private_files import reserve

_FEW_VALUES = (
    "rulebook",
    "in_account_rulebook",
    "in_rule_day",
    "in_end_day",
    "in_groups",
    "in_aid",
)
"""Written as a dictionary and places in it."""
_STEPS = (
    "row",
    "person",
    "family",
    "segment",
    "total",
    "eligible",
    "pooled",
    "fund",
    "own",
    "account",
    "cash",
    "in_eligible",
    "in_pooled",
    "in_balance",
)
"""Whole numbers that are written as steps from one to the next: of numbers that ascend little
remains, of money that differs in every row as much less as a compressor takes longer to find."""
_SCHEMA_KEY = "ARROW:schema"


def output_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A new file of answers; coded columns of it are written as they are, without their texts."""
    coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    steps = [
        field.name for field in schema if field.name in _STEPS and pa.types.is_integer(field.type)
    ]
    writer = pq.ParquetWriter(
        reserve(path),
        schema,
        compression={name: "none" if name in steps else "lz4" for name in schema.names},
        use_dictionary=[name for name in schema.names if name in _FEW_VALUES or name in coded],
        column_encoding=dict.fromkeys(steps, "DELTA_BINARY_PACKED"),
        write_statistics=["row"],
        store_schema=False,
    )
    # Whoever reads it gets the texts.
    plain = pa.schema([field.with_type(plain_type(field.type)) for field in schema])
    text = base64.b64encode(plain.serialize().to_pybytes()).decode()
    writer.add_key_value_metadata({_SCHEMA_KEY: text})
    return writer
