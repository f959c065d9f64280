"""Where every audit chain ends: three columns of a table that a room above hands over."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Table, TableClause, column, table

from yibao.database.schema import whole_schema

_ENDS_CHAINS = "ends_chains"
_COLUMNS = ("person_id", "sequence", "head")


def ends_chains(people: Table) -> Table:
    """Declare that the rows of ``people`` are the ends of the chains.

    ``person_id`` is whose chain it is, ``sequence`` the number of its last event and ``head``
    that event's hash; whoever extends the chain holds the row's lock.
    """
    people.info[_ENDS_CHAINS] = True
    return people


@cache
def chain_end() -> TableClause:
    """The three columns of the declared table, all that this room knows of it."""
    (people,) = (
        declared for declared in whole_schema().tables.values() if _ENDS_CHAINS in declared.info
    )
    return table(people.name, *(column(name, people.c[name].type) for name in _COLUMNS))
