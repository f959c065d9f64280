"""Units of whole numbers, as part of a type: what is money is so because its type says it.

``Fen`` and ``BasisPoints`` are plain ``int`` to a type checker; what shows or stores a value
asks :func:`unit_of` for the unit behind the annotation.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, get_args


class Unit(NamedTuple):
    """What a whole number counts."""

    name: str
    """``fen`` or ``basis_points``."""


Fen = Annotated[int, Unit("fen")]
BasisPoints = Annotated[int, Unit("basis_points")]


def unit_of(annotation: Any) -> str:
    """The unit that an annotation names, also of ``Fen | None``; empty where it names none."""
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, Unit):
            return part.name
    return next(filter(None, map(unit_of, get_args(annotation))), "")
