"""What the rules refuse, told to people: which figure is missing where, in its Chinese name."""

from __future__ import annotations

import re

from yibao.errors import NotFoundError
from yibao.inquiry.changes import subject_name
from yibao.messages import Wording
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import KEYS
from yibao.policy.labels import member_label
from yibao.policy.model import Words
from yibao.policy.parameters import DECLARATIONS

_MISSING = re.compile(
    r"缺少依据：(?P<name>[a-z_.0-9]+)(?:\[(?P<members>[^\]]*)\])? 在 (?P<day>[0-9-]{10})"
    r"（(?P<area>[0-9]{6})）.*"
)


def refusal_words(packs: PolicyLibrary, text: str) -> Wording:
    """A refusal without names of the program; one that is no missing figure stays as it is."""
    missing = _MISSING.search(text)
    if missing is None or missing["name"] not in DECLARATIONS:
        return Words(text)
    try:
        area = packs.area(missing["area"]).name
    except NotFoundError:
        area = Words(missing["area"], missing["area"])
    name, day = missing["name"], missing["day"]
    members = [member for member in (missing["members"] or "").split(", ") if member]
    zh, english = parameter_name(packs, name), name.replace(".", " ").replace("_", " ")
    keys = "、".join(_label(name, at, member) for at, member in enumerate(members))
    before = text[: missing.start()]
    return Words(
        f"{before}{area.zh}在 {day} 的“{zh}{f'（{keys}）' if keys else ''}”还没有找到来源",
        f"No source found yet for {area.en} on {day}: {english}",
    )


def parameter_name(packs: PolicyLibrary, name: str) -> str:
    """What the packs call a parameter; its subject where none has named it."""
    for pack in packs.tree.packs.values():
        entry = pack.parameters.get(name)
        if entry is not None and entry.name.zh:
            return entry.name.zh
    return subject_name(name.rpartition(".")[0]).text() or name


def _label(name: str, at: int, member: str) -> str:
    keys = DECLARATIONS[name].keys
    key = keys[at] if at < len(keys) else ""
    if key in KEYS and member in KEYS[key].members:
        return member_label(key, KEYS[key].members.index(member), member)
    return member
