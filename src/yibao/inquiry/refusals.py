"""What the rules refuse, told to people: which figure is missing where, by its name."""

from __future__ import annotations

from yibao.errors import NotFoundError, UnsourcedError, YibaoError
from yibao.inquiry.changes import subject_name
from yibao.messages import Listed, Text, Wording, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.gleaned import first_areas
from yibao.policy.keys import KEYS
from yibao.policy.labels import MEMBERS


def refusal_words(packs: PolicyLibrary, error: YibaoError) -> Text:
    """A refusal without names of the program; one that is no missing figure stays as it is."""
    if not isinstance(error, UnsourcedError) or not error.parameter:
        return (
            message("{name}：{what}", name=error.about, what=error.message)
            if error.about
            else error.message
        )
    try:
        area: Text = packs.area(error.area).name
    except NotFoundError:
        area = error.area
    figure: Text = parameter_name(packs, error.parameter)
    if error.members:
        members = Listed(_member(key, member) for key, member in error.members)
        figure = message("{figure}（{members}）", figure=figure, members=members)
    missing = message(
        "{area}在 {day} 的“{figure}”还没有找到来源", area=area, day=error.day, figure=figure
    )
    if not error.about:
        return missing
    return message("{name}：{what}", name=error.about, what=missing)


def parameter_name(packs: PolicyLibrary, name: str) -> Wording:
    """What the packs call a parameter; its subject where none has named it."""
    for area in first_areas(packs):
        for pack in packs.packs_of(area.code):
            entry = pack.parameters.get(name)
            if entry is not None and entry.name.zh:
                return entry.name
    return subject_name(name.rpartition(".")[0])


def _member(key: str, member: str) -> Text:
    named = MEMBERS.get(key, ())
    if key in KEYS and member in KEYS[key].members:
        position = KEYS[key].members.index(member)
        if position < len(named):
            return named[position]
    return member
