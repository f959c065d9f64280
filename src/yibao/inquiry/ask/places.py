"""The places that a question names: where somebody is insured, and where care is given.

This is the one door to the names of places; they come from :mod:`yibao.policy.places`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from yibao.inquiry.ask.lexicon import lexicon
from yibao.policy.compile import PolicyLibrary
from yibao.policy.places import NamedRegion, all_places, place_of, places_in

_TO_CARE = re.compile(r"(?:^|[在去到转上往回至住])(?:的|了)?$")
_OF_CARE = re.compile(r"^.{0,3}(?:看病|就医|住院|看门诊|治疗|看的病|做手术|三甲|看|医院|住|的医院)")
_OF_HOME = re.compile(r"^.{0,2}(?:医保|职工|居民|参保|退休|在职|的?社保|低保)")
_COUNTY = 2
_WHOLE_COUNTY = 3
_LONGEST_COUNTY = 5
_PREFECTURE = "自治州"
_END_OF_COUNTY = re.compile("[区县旗市]")
_COUNTY_SAID = re.compile(
    r"(?:^|[在是俺咱们])(?=([\u4e00-\u9fff]{2})[市县区]?的?"
    r"(?:医保|社保|医疗|居民|职工|新?农合|合作医疗|灵活|城乡|城镇|农村|退休|在职|住院|门诊|生育|异地|"
    r"三甲|二甲|大病|慢病|慢性病|学生))"
)
_GONE_TO = re.compile(r"(?:转诊?到?|转院到?|去|到|住)$")
_SENT_ON = re.compile("没.{0,3}备案|未备案|转诊|转院")
_KINDS = ("市", "省", "自治区", "地区", "盟", "自治州")


class PlaceSaid(NamedTuple):
    """A place that a question names."""

    code: str
    name: str
    """As people say it."""
    full: str
    start: int


class Where(NamedTuple):
    """The places of a question by what they are to it."""

    home: PlaceSaid | None
    care: PlaceSaid | None
    named: tuple[PlaceSaid, ...]
    masked: str
    """The text without the names of places."""
    unclear: tuple[PlaceSaid, ...] = ()
    """Counties of one name of which the question does not say which one."""


def short_name(name: str) -> str:
    """A name without what kind of place it is."""
    kind = next((kind for kind in _KINDS if name.endswith(kind) and len(name) > len(kind) + 1), "")
    return name.removesuffix(kind)


def places_of(text: str) -> tuple[PlaceSaid, ...]:
    """The places that a text names, in its order."""
    places = []
    for region in places_in(text):
        # A prefecture may be called like a province, with 州 behind it.
        prefecture = f"{short_name(region.name)}州"
        if prefecture in text:
            region = _prefectures().get(prefecture, region)
        said = next(
            (form for form in (region.full, region.name, short_name(region.name)) if form in text),
            None,
        )
        if said is None:
            said = next(
                (
                    region.name[:end]
                    for end in range(len(region.name), 1, -1)
                    if region.name[:end] in text
                ),
                region.name,
            )
        places.append(PlaceSaid(region.code, said, region.name, max(0, text.find(said))))
    return tuple(sorted(places, key=lambda place: place.start))


@cache
def _prefectures() -> dict[str, NamedRegion]:
    """Autonomous prefectures by the three characters that people say."""
    return {
        f"{region.name[:2]}州": region
        for region in all_places()
        if region.name.endswith(_PREFECTURE) and region.level < _COUNTY
    }


@cache
def _counties() -> dict[str, tuple[PlaceSaid, ...]]:
    """Counties by the two characters that people say."""
    named: dict[str, list[PlaceSaid]] = {}
    for region in all_places():
        short = region.name.removesuffix("新区") if region.level == _COUNTY else ""
        if short == region.name and len(short) == _WHOLE_COUNTY:
            short = short[:-1]
        if len(short) == _COUNTY and short not in lexicon().no_places:
            named.setdefault(short, []).append(PlaceSaid(region.code, short, region.name, 0))
    return {name: tuple(places) for name, places in named.items()}


@cache
def _whole_counties() -> dict[str, tuple[PlaceSaid, ...]]:
    """Counties by their whole names of three characters and more."""
    named: dict[str, list[PlaceSaid]] = {}
    for region in all_places():
        if region.level == _COUNTY and len(region.name) >= _WHOLE_COUNTY:
            said = PlaceSaid(region.code, region.name, region.name, 0)
            named.setdefault(region.name, []).append(said)
    return {name: tuple(places) for name, places in named.items()}


def _county_of(text: str) -> tuple[PlaceSaid, ...]:
    """The county that a question begins with, or that follows where somebody is; all so called."""
    for match in _COUNTY_SAID.finditer(text):
        places = _counties().get(match[1])
        if places:
            return tuple(place._replace(start=match.start(1)) for place in places)
    return ()


def _counties_in(text: str) -> Iterator[tuple[PlaceSaid, ...]]:
    """Every county that a text names whole, with all that are called so."""
    for match in _END_OF_COUNTY.finditer(text):
        for length in range(_LONGEST_COUNTY, _WHOLE_COUNTY - 1, -1):
            start = match.end() - length
            places = _whole_counties().get(text[max(0, start) : match.end()])
            if start >= 0 and places:
                yield tuple(place._replace(start=start) for place in places)
                break


def _with_counties(
    text: str, named: tuple[PlaceSaid, ...]
) -> tuple[tuple[PlaceSaid, ...], tuple[PlaceSaid, ...]]:
    """The places with the counties that lie in one of them, and those that are not clear.

    A district is not the city that is called like it; beside its city it is that one.
    """
    unclear: tuple[PlaceSaid, ...] = ()
    for counties in _counties_in(text):
        first = counties[0]
        span = range(first.start, first.start + len(first.name))
        named = tuple(
            place
            for place in named
            if place.start not in span or place.full in text or place in counties
        )
        if any(place.full == first.full for place in named):
            continue
        inside = [
            county
            for county in counties
            if any(
                county.code.startswith(
                    place.code[:2] if place.code[2:] == "0000" else place.code[:4]
                )
                for place in named
            )
        ]
        if len(counties) == 1 or len(inside) == 1:
            named = (*named, *(inside or counties))
        elif not named:
            unclear = counties
    return tuple(sorted(named, key=lambda place: place.start)), unclear


def where_of(text: str, packs: PolicyLibrary) -> Where:
    """Which place is the one of the insurance, which the one of the care."""
    named, unclear = _with_counties(text, places_of(text))
    named = _lowest(named)
    if not named and not unclear:
        counties = _county_of(text)
        named, unclear = (counties, ()) if len(counties) == 1 else ((), counties)
    masked = text
    for place in named:
        masked = masked.replace(place.name, " ", 1)
    home: PlaceSaid | None = None
    care: PlaceSaid | None = None
    if len(named) == 1:
        gone = _GONE_TO.search(text[: named[0].start]) or _SENT_ON.search(text)
        if gone and not _is_of_home(text, named[0]):
            care = named[0]
        else:
            home = named[0]
    elif named:
        care = next((place for place in named if _is_of_care(text, place, named)), None)
        others = [place for place in named if place is not care]
        home = next((place for place in others if _is_of_home(text, place)), None)
        home = home or (others[-1] if others else None)
    masked = re.sub(r"\s+", " ", masked).strip()
    return Where(home, care, named, masked, () if home or care else unclear)


def _lowest(places: Sequence[PlaceSaid]) -> tuple[PlaceSaid, ...]:
    """Without those in which another of them lies."""
    codes = [place.code for place in places]
    return tuple(
        place
        for place in places
        if not any(
            code != place.code
            and code.startswith(
                place.code.rstrip("0") if len(place.code.rstrip("0")) > 1 else place.code[:2]
            )
            and code[:2] == place.code[:2]
            for code in codes
        )
    )


def _is_of_care(text: str, place: PlaceSaid, named: Sequence[PlaceSaid]) -> bool:
    before, after = text[: place.start], text[place.start + len(place.name) :]
    following = [other.start for other in named if other.start > place.start]
    if following:
        after = text[place.start + len(place.name) : min(following)]
    if _OF_HOME.match(after):
        return False
    return bool(_TO_CARE.search(before) or _OF_CARE.match(after))


def _is_of_home(text: str, place: PlaceSaid) -> bool:
    return bool(_OF_HOME.match(text[place.start + len(place.name) :]))


@cache
def names_of_places() -> tuple[str, ...]:
    """The names of provinces and cities as people say them."""
    return tuple(short_name(region.name) for region in all_places() if region.level < _COUNTY)


def above(code: str) -> str:
    """The city in which a county lies; the province of one that lies in no city."""
    city = f"{code[:4]}00"
    return city if place_of(city) is not None else f"{code[:2]}0000"


def name_of(code: str) -> str:
    """The whole name of a place."""
    region = place_of(code)
    return code if region is None else region.name
