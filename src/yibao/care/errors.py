"""What goes wrong in this room and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.errors import ConflictError, RefusedError
from yibao.messages import Listed, message


class StaleError(Exception):
    """What this process remembers of an institution is not the latest; begin again."""


class RoundTakenError(ConflictError):
    """The visit has a settlement of this round already."""


class SettledAgainError(Exception):
    """The visit was settled again before its rows were locked; begin again."""


class DependentError(RefusedError):
    """Later settlements hang on the one that should be reversed."""

    def __init__(self, visit_id: str, dependent: Sequence[tuple[str, str]]) -> None:
        self.dependent = dependent
        """Visit and settlement of each."""
        super().__init__(
            message(
                "不能撤销 {visit_id}：之后的结算 {dependent} 依赖它，请先撤销这些结算",
                visit_id=visit_id,
                dependent=Listed(visit for visit, _ in dependent),
            )
        )


class CameNowError(Exception):
    """The message came while its tombstone was being written."""
