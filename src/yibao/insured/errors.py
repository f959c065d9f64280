"""What goes wrong with people."""

from __future__ import annotations

from yibao.errors import NotFoundError
from yibao.messages import message


class MergedError(NotFoundError):
    """A record of somebody registered twice; ``survivor``: the one that goes on."""

    def __init__(self, person_id: str, survivor: str) -> None:
        super().__init__(
            message(
                "登记 {person_id} 是重复的，已经并入 {survivor}；请用 {survivor} 办，"
                "并入以前结算的不能再改，由参保地经办机构更正",
                person_id=person_id,
                survivor=survivor,
            )
        )
        self.person_id = person_id
        self.survivor = survivor
