"""What Spark is told in texts: types of columns, the key of a family, rows that are wrong.

Nothing here needs an engine; ``spark`` sends these texts to one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from yibao.columns.schema import CARRY, REVERSE
from yibao.errors import InputError
from yibao.messages import message

PLACE = "__place"
"""The column of :func:`place_sql`."""
_ARROW = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "timestamp_ntz": pa.timestamp("us"),
}
"""A type of Spark's as Arrow's; instants in UTC, whatever the zone of the session."""
_SPARK = {kind: name for name, kind in _ARROW.items()}
_WHOLE = ("tinyint", "smallint", "int", "bigint")
_TEXT = re.compile(r"(?:var)?char\(\d+\)")
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return "`{}`".format(name.replace("`", "``"))


def arrow_schema(columns: Sequence[tuple[str, str]]) -> pa.Schema:
    """The schema of a table of Spark's by its names and types; ``InputError`` for nested ones."""
    return pa.schema([(name, _arrow_type(name, kind)) for name, kind in columns])


def _arrow_type(name: str, kind: str) -> pa.DataType:
    if _TEXT.fullmatch(kind):
        return pa.string()
    decimal = _DECIMAL.fullmatch(kind)
    if decimal is not None:
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    if kind not in _ARROW:
        raise InputError(
            message("{name} 这一列是 {kind}，不能按列计算：请选成简单的类型", name=name, kind=kind)
        )
    return _ARROW[kind]


def spark_type(kind: pa.DataType) -> str:
    """An Arrow type as Spark's DDL writes it."""
    if pa.types.is_large_string(kind):
        return "string"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"array<{spark_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        fields = (f"{quoted(field.name)}:{spark_type(field.type)}" for field in kind)
        return f"struct<{','.join(fields)}>"
    return _SPARK[kind]


def ddl(schema: pa.Schema) -> str:
    """A schema as Spark's DDL: ``name type, …``."""
    return ", ".join(f"{quoted(field.name)} {spark_type(field.type)}" for field in schema)


def row_columns(columns: Sequence[tuple[str, str]]) -> list[str]:
    """The columns as they are read.

    Where person and family are of different types, the key of a family would be once a number
    and once a text: both become texts, or numbers of the same size.
    """
    kinds = dict(columns)
    person, family = kinds.get("person"), kinds.get("family")
    read = [quoted(name) for name in kinds]
    if family is not None and person is not None and family != person:
        common = "bigint" if {person, family} <= set(_WHOLE) else "string"
        for name in ("person", "family"):
            read[list(kinds).index(name)] = f"cast({name} as {common}) as {name}"
    return read


def family_sql(columns: Sequence[tuple[str, str]]) -> str:
    """The key by which a family is brought together and sorted, over :func:`row_columns`.

    A number where it is one, so that families come in the same order as here.
    """
    kinds = dict(columns)
    if "family" not in kinds:
        return "person"
    if kinds["family"] in _WHOLE and kinds.get("person") in _WHOLE:
        return "coalesce(family, person)"
    return "coalesce(nullif(cast(family as string), ''), cast(person as string))"


def place_sql(family: str, row_id: str) -> str:
    """The place of a row in its family, from 1, by the number of the row."""
    number = quoted(row_id)
    return f"row_number() over (partition by {family} order by {number}) as {quoted(PLACE)}"


def count_sql(view: str, row_id: str) -> str:
    """How many rows there are, how many have a number, and how many numbers there are not."""
    number = quoted(row_id)
    return (
        f"select count(*) as table_rows, count({number}) as numbered, "
        f"min({number}) as least from {view}"
    )


def wrong_rows_sql(view: str, columns: Sequence[tuple[str, str]], row_id: str) -> str | None:
    """The rows that are refused for what stands elsewhere in the table; None: nothing to ask.

    Gives ``number`` and ``fault``, the column at fault.  A person belongs to the family of its
    own first row, else of the first that names it as grantor; a visit stands where its first row
    does.
    """
    names = {name for name, _ in columns}
    number = quoted(row_id)
    queries = []
    family = family_sql(columns) if "family" in names else "person"
    family = f"cast({family} as string)"
    if names & {"family", "draw_relative"}:
        roles = [("person", 0)] + [("draw_relative", 1)] * ("draw_relative" in names)
        placed = " union all ".join(
            f"select cast({who} as string) as who, {family} as home, {number} as number, "
            f"{role} as role from {view}"
            for who, role in roles
        )
        placed = f"select * from ({placed}) placed where who <> '' and home <> ''"
        queries.append(
            "select number, case role when 0 then 'family' else 'draw_relative' end as fault from "
            "(select number, role, home, first_value(home) over "
            "(partition by who order by role, number) as first_home "
            f"from ({placed}) every_place where who in (select who from ({placed}) places "
            "group by who having min(home) <> max(home))) ranked where home <> first_home"
        )
    if "visit" in names:
        settled = f"select cast(visit as string) as visit, {number} as number from {view}"
        if "kind" in names:
            kinds = f"'{CARRY}', '{REVERSE}'"
            settled += f" where coalesce(cast(kind as string), '') not in ({kinds})"
        settled = f"select * from ({settled}) written where visit <> ''"
        queries.append(
            "select number, 'visit' as fault from (select number, row_number() over "
            f"(partition by visit order by number) as nth from ({settled}) every_visit "
            f"where visit in (select visit from ({settled}) visits group by visit "
            "having count(*) > 1)) numbered where nth > 1"
        )
    return " union all ".join(queries) or None
