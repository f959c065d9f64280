"""Units of whole numbers, as part of a type: what is money is so because its type says it.

``Fen`` and ``BasisPoints`` are plain ``int`` to a type checker; what shows or stores a value
asks :func:`unit_of` for the unit behind the annotation.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints


class AmountUnit(NamedTuple):
    """What a whole number counts."""

    name: str
    """``fen`` or ``basis_points``."""


Fen = Annotated[int, AmountUnit("fen")]
BasisPoints = Annotated[int, AmountUnit("basis_points")]


def unit_of(annotation: Any) -> str:
    """The unit that an annotation names, also of ``Fen | None``; empty where it names none."""
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, AmountUnit):
            return part.name
    return next(filter(None, map(unit_of, get_args(annotation))), "")


@cache
def units_of(record: type) -> dict[str, str]:
    """The units of the fields of a record by name; empty text for what is not a quantity."""
    hints = get_type_hints(record, include_extras=True)
    return {name: unit_of(annotation) for name, annotation in hints.items()}
