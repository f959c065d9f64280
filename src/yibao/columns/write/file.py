"""The file of answers: how each column is written down, which no reader has to know.

What was measured, a column of a batch at a time: the levels that say which cells are empty cost
2 ns a cell, so that columns without any say so once; a text that is coded already costs 11 ns
and not 46; a compressor takes 12 ns for money that differs in every row and saves a fifth.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.columns.schema import AMOUNTS
from yibao.columns.write.output import INPUTS, plain_type
from yibao.private_files import reserve

_FEW_VALUES = (
    "rulebook",
    "in_account_rulebook",
    "in_facts",
    "in_rule_day",
    "in_end_day",
    "in_groups",
    "in_aid",
)
"""Written as a dictionary and places in it."""
_STEPS = ("row", "person", "family", "segment", "out_of_catalogue", "upfront")
"""Whole numbers that are written as steps from one to the next: of numbers that ascend little
remains, and of money that is often 0."""
_AS_THEY_ARE = (
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
"""Money that differs in nearly every row."""
_FILLED = frozenset(("row", *AMOUNTS, "segment", "in_grant_limit", *_FEW_VALUES, *INPUTS))
"""Columns without an empty cell."""
_SCHEMA_KEY = "ARROW:schema"


class OutputFile:
    """A new file of answers; coded columns of it are written as they are, without their texts."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self._written = pa.schema(
            [field.with_nullable(field.nullable and field.name not in _FILLED) for field in schema]
        )
        coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
        steps = [
            field.name
            for field in schema
            if field.name in _STEPS and pa.types.is_integer(field.type)
        ]
        self._writer = pq.ParquetWriter(
            reserve(path),
            self._written,
            compression={
                name: "none" if name in steps or name in _AS_THEY_ARE else "lz4"
                for name in schema.names
            },
            use_dictionary=[name for name in schema.names if name in _FEW_VALUES or name in coded],
            column_encoding=dict.fromkeys(steps, "DELTA_BINARY_PACKED"),
            write_statistics=["row"],
            store_schema=False,
        )
        # Whoever reads it gets the texts.
        plain = pa.schema([field.with_type(plain_type(field.type)) for field in self._written])
        text = base64.b64encode(plain.serialize().to_pybytes()).decode()
        self.say({_SCHEMA_KEY: text})

    def say(self, of_file: dict[str, str]) -> None:
        """Have the file carry something beside its rows."""
        self._writer.add_key_value_metadata(of_file)

    def write(self, table: pa.Table) -> None:
        """Write a table of the file's schema."""
        self._writer.write_table(pa.Table.from_arrays(table.columns, schema=self._written))

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()
