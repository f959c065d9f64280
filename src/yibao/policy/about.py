"""Which sources and disputes of a block stand behind which of its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from yibao.messages import Message, message

if TYPE_CHECKING:
    from yibao.policy.model import Block
    from yibao.policy.values import Leaf


def not_about(block: Block, leaves: Sequence[Leaf], leaf: Leaf) -> frozenset[str]:
    """Ids of the sources and disputes of ``block`` that say nothing of ``leaf``."""
    return frozenset(
        about.id
        for about in block.about
        if not about.covers(
            leaf.members,
            {
                key
                for written in leaves
                for key, member in written.members
                if member in about.members
            },
        )
    )


def faults_of_about(block: Block, leaves: Sequence[Leaf]) -> Iterator[Message]:
    """Members that no value has; values that are left without a source."""
    known = {member for leaf in leaves for _, member in leaf.members}
    for about in block.about:
        for member in sorted(about.members - known):
            yield message("about 的 {id} 写了没有取值的 {member}", id=about.id, member=member)
    if not block.about or not block.sources:
        return
    for leaf in leaves:
        if any(part.covers(leaf.members) for part in block.assumed):
            continue
        if not set(block.sources) - not_about(block, leaves, leaf):
            where = " ".join(member for _, member in leaf.members)
            yield message("按 about，{where} 没有来源", where=where)
