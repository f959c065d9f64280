"""RC14: an institution whose stays cost far more than those of its peers in the same month.

Peers are the institutions of the same area and level.  How many standard deviations are far is
nobody's to guess: the source that names three is of grade C and speaks of demonstrations, so the
rule is off in an area whose pack does not say it.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from yibao.access.chains import extend_chain
from yibao.access.names import STORE
from yibao.access.operations import digest
from yibao.access.permissions import Actor, is_within
from yibao.benefit.rules import day_rules
from yibao.care.fragments import areas_of_institutions, people_settled_in, standing_care
from yibao.conduct.rules import rule_of
from yibao.conduct.tables import conduct_hit
from yibao.database.unit import Database, Unit
from yibao.errors import RefusedError
from yibao.messages import Listed, Text, message
from yibao.money import half_up
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import VisitKind

CODE = "RC14"
FEWEST_PEERS = 2
"""Of one or none there is no deviation to speak of."""
_TOGETHER = 500
_ID = 32


@dataclass(frozen=True, slots=True)
class PeerCheck:
    """What a run found, and where it did not look."""

    new: int
    off: tuple[str, ...]
    """Areas without a number of standard deviations, by code."""


@dataclass(frozen=True, slots=True)
class DearPlace:
    """An institution above its peers; fen a stay."""

    institution_id: str
    area: str
    mean: int
    peers_mean: int
    peers: int


def peers_off(library: PolicyLibrary, areas: Sequence[str]) -> Text:
    """That institutions of these areas were not compared, and why; empty for no area."""
    if not areas:
        return ""
    names = {area.code: area.name for area in library.areas()}
    return message(
        "RC14（次均住院费用远高于同级机构）没有查：{areas}的规定没有写高出几个标准差算",
        areas=Listed(names.get(area, area) for area in areas),
    )


_Sums = dict[str, tuple[int, int]]
"""institution → (fen, stays)."""


def check_peers(
    database: Database,
    library: PolicyLibrary,
    month: int,
    first: datetime.date,
    last: datetime.date,
    *,
    actor: Actor,
    at: datetime.datetime,
    heard: Callable[[], None] = lambda: None,
) -> PeerCheck:
    """Compare the stays that ended in a month; again finds nothing new.

    For :func:`yibao.conduct.checking.check_month`, which has asked who may.
    """
    areas = database.read(lambda unit: _areas(unit, actor))
    sigmas = {area: _sigmas(library, area, last) for area in areas}
    on = {area: times for area, times in sigmas.items() if times is not None}
    off = tuple(area for area, times in sigmas.items() if times is None)
    if not on:
        return PeerCheck(0, off)
    groups = _sums(database, first, last, on, heard)
    dear = [
        place
        for (area, _), sums in sorted(groups.items())
        for place in dear_places(area, sums, on[area])
    ]
    new = database.write(lambda unit: _store(unit, month, dear, on, actor, at)) if dear else 0
    return PeerCheck(new, off)


def dear_places(area: str, sums: Mapping[str, tuple[int, int]], times: int) -> list[DearPlace]:
    """Of one group of peers those whose mean is over the others' by more than ``times`` sigmas.

    Exact: with m others of sum S and squares Q, x is above where m·x - S is positive and its
    square is more than times²·(m·Q - S²).
    """
    means = {place: half_up(total, stays) for place, (total, stays) in sums.items()}
    dear = []
    for place, mean in sorted(means.items()):
        others = [other for name, other in means.items() if name != place]
        count = len(others)
        if count < FEWEST_PEERS:
            continue
        total = sum(others)
        above = count * mean - total
        spread = count * sum(other * other for other in others) - total * total
        if above > 0 and above * above > times * times * spread:
            dear.append(DearPlace(place, area, mean, half_up(total, count), count))
    return dear


def _areas(unit: Unit, actor: Actor) -> list[str]:
    areas = areas_of_institutions(unit)
    return [area for area in areas if actor.area is None or is_within(area, actor.area)]


def _sigmas(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    try:
        value = day_rules(library, area, day, None).rules[p.CONDUCT_OUTLIER_SIGMAS]
    except RefusedError:
        return None
    return None if value in (p.NONE, p.MISSING) else int(value)


def _sums(
    database: Database,
    first: datetime.date,
    last: datetime.date,
    on: Mapping[str, int],
    heard: Callable[[], None],
) -> dict[tuple[str, str], _Sums]:
    """(area, level) → what the stays of each institution come to."""
    groups: defaultdict[tuple[str, str], _Sums] = defaultdict(dict)
    after = ""
    while people := database.read(
        lambda unit, after=after: people_settled_in(unit, first, last, after, _TOGETHER)  # type: ignore[misc]
    ):
        for stored in database.read(
            lambda unit, people=people: standing_care(unit, people, first, last)  # type: ignore[misc]
        ):
            visit, place = stored.visit, stored.known.institution
            is_stay = visit.kind == VisitKind.INPATIENT and first <= visit.end <= last
            if not is_stay or place.area not in on:
                continue
            sums = groups[place.area, (place.grade or "")[:1]]
            total, stays = sums.get(place.id, (0, 0))
            sums[place.id] = total + stored.amounts.total, stays + 1
        after = people[-1]
        heard()
    return dict(groups)


def _store(
    unit: Unit,
    month: int,
    dear: list[DearPlace],
    on: Mapping[str, int],
    actor: Actor,
    at: datetime.datetime,
) -> int:
    rule = rule_of(CODE)
    by_id = {digest([CODE, place.institution_id, month])[:_ID]: place for place in dear}
    there = conduct_hit.c.hit_id.in_(list(by_id))
    known = set(unit.run(select(conduct_hit.c.hit_id).where(there)).scalars())
    new = {hit_id: place for hit_id, place in by_id.items() if hit_id not in known}
    for hit_id, place in new.items():
        unit.run(
            insert(conduct_hit),
            {
                "hit_id": hit_id,
                "area": place.area,
                "month": month,
                "rule": CODE,
                "severity": rule.severity,
                "person_id": "",
                "institution_id": place.institution_id,
                "amount": 0,
                "why": {
                    "visit": "",
                    "lines": [],
                    "mean": str(place.mean),
                    "peers_mean": str(place.peers_mean),
                    "peers": str(place.peers),
                    "times": str(on[place.area]),
                },
                "found_at": at,
                "case_id": None,
                "dropped": False,
            },
        )
    if new:
        content = {"month": month, "hits": len(new), "amount": 0}
        extend_chain(unit, f"{STORE}conduct", actor.id, "check_conduct", content)
    return len(new)
