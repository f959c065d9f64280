"""Areas by what people call them, and places that have no pack: named, never taken for another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from yibao.errors import MissingPackError, NotFoundError
from yibao.messages import Listed, Text, message
from yibao.policy.model import Area, Source, Words

_MOST_SAID = 8
"""Areas or records that an error lists."""
_MUNICIPALITIES = ("11", "12", "31", "50")
"""Provinces that are one pooling area."""


def covering_codes(code: str) -> tuple[str, ...]:
    """Whose pack holds for a GB/T 2260 code: its own, its city's, its province's."""
    return code, f"{code[:4]}00", f"{code[:2]}0000"


def no_pack(code: str, records: Sequence[str]) -> MissingPackError:
    """The error for a place without a pack; ``records``: ids of facts about it."""
    from yibao.policy.places import place_of

    place = place_of(code)
    name = place.full if place else code
    what = message("{name}（{code}）还没有政策包，不拿别处的数字代替", name=name, code=code)
    if records:
        what = message(
            "{what}；来源里有它的 {count} 条记录，还没有核对成规则：{ids}",
            what=what,
            count=len(records),
            ids=Listed(records[:_MOST_SAID]),
        )
    return MissingPackError(what, area=code, name=name)


class AreasByName(ABC):
    """The areas of a library of packs, by code and name."""

    _areas: dict[str, Area]

    @abstractmethod
    def sources(self) -> Mapping[str, Source]:
        """All facts by id."""

    def area(self, text: str) -> Area:
        """The area whose pack speaks for a place, by code, Chinese or English name.

        ``MissingPackError`` for a place without one, ``NotFoundError`` for what is no place.
        """
        own = self._with_pack(text)
        if own is not None:
            return own
        code = self.locate(text)
        covering = self.covering(code)
        if covering is None:
            raise self.missing_pack(code)
        return covering

    def _with_pack(self, text: str) -> Area | None:
        """The area that has a pack of its own under this code or name."""
        if text in self._areas:
            return self._areas[text]
        plain = text.strip().casefold()
        for area in self._areas.values():
            short = area.name.zh.removesuffix("省").removesuffix("市")
            if plain in (area.code, area.name.zh, short, area.name.en.casefold()):
                return area
        return None

    def locate(self, text: str) -> str:
        """The code of a place, with a pack or without; ``NotFoundError`` for what is none."""
        own = self._with_pack(text)
        if own is not None:
            return own.code
        from yibao.policy.places import is_known_code, place_named

        plain = text.strip()
        if self.covering(plain) is not None or is_known_code(plain):
            return plain
        place = place_named(plain)
        if place is not None:
            return place.code
        areas = list(self._areas.values())
        known: Text = Listed(
            message("{code} {name}", code=area.code, name=area.name) for area in areas[:_MOST_SAID]
        )
        if len(areas) > _MOST_SAID:
            known = message("{known} 等 {count} 个", known=known, count=len(areas))
        raise NotFoundError(
            message(
                "没有 {text} 的政策包；现有：{known}", text=text, known=known or message("（无）")
            )
        )

    def place_name(self, code: str) -> Words:
        """What a place is called, and by whose rules it goes where it has none of its own."""
        own = self._areas.get(code)
        if own is not None:
            return own.name
        covering = self.covering(code)
        city = f"{code[:4]}00"
        if covering is not None and (covering.code == city or covering.code[2:] != "0000"):
            return covering.name
        from yibao.policy.places import place_of

        place = place_of(city) or place_of(code)
        if covering is None or place is None:
            return Words(place.name if place else code) if covering is None else covering.name
        if place.code[:2] in _MUNICIPALITIES:
            return covering.name
        return Words(
            f"{place.name}（按{covering.name.zh}）",
            f"{place.name} (rules of {covering.name.en})",
        )

    def missing_pack(self, code: str) -> MissingPackError:
        """The error for a place without a pack: it names the place and what is recorded of it."""
        return no_pack(code, [source.id for source in self.records_of(code)])

    def records_of(self, code: str) -> list[Source]:
        """The facts of sources about a place, or about the city that it lies in."""
        wanted = {code, f"{code[:4]}00"}
        return [source for source in self.sources().values() if source.region_code in wanted]

    def covering(self, code: str) -> Area | None:
        """The nearest area with a pack for a GB/T 2260 code; never a whole country alone."""
        for candidate in covering_codes(code):
            area = self._areas.get(candidate)
            if area is not None and area.parent is not None:
                return area
        return None
