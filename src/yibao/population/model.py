"""What a person of each kind needs in a year, from published marginals and assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Member, Scheme, Status, VisitKind
from yibao.population.marginals import NATION, Marginals, assumptions
from yibao.population.raking import Weights, rake

MEMBERSHIPS: tuple[str, ...] = tuple(Member)
KINDS = (VisitKind.OUTPATIENT, VisitKind.CHRONIC, VisitKind.INPATIENT)
_COUNTED = ("outpatient.visits", "chronic.visits", "inpatient.stays")
SCHEMES = (Scheme.RESIDENT, Scheme.EMPLOYEE)
PRIMARY = 3
"""Index of primary care after the three price classes."""


@dataclass(frozen=True, slots=True)
class Model:
    """An area's people by cell (age band, sex, membership), and how they use care."""

    area: str
    bands: tuple[int, ...]
    oldest: int
    cells: Weights
    """Shares by band, sex (men first) and membership; they add up to 1."""
    household: float
    rates: Weights
    """Visits a head and year by scheme, kind and band; chronic ones of people with a disease."""
    chronic: Weights
    """Share of people with a chronic disease by band."""
    mean_cost: Weights
    """Fen by scheme and kind."""
    class_shares: Weights
    """By kind and class (price classes 1 to 3, primary care)."""
    class_costs: Weights
    """Factors on the mean by kind and class."""
    spread: Weights
    """Standard deviation of the logarithm of cost, by kind."""
    frailty: float
    outside: Weights
    upfront: Weights
    """Mean shares of cost by kind."""
    days: Weights
    """Mean days of a stay by scheme."""
    elsewhere: Weights
    """Share of visits away from home by scheme."""
    elsewhere_area: str
    filing: str
    grades: tuple[str, ...]
    diseases: tuple[str, ...]
    disease_shares: Weights
    marginals: Marginals


def model_of(library: PolicyLibrary, area: str, *, spread: float = 1.0) -> Model:
    """The model of an area with a pack; ``spread``: a factor on the assumed spread of cost."""
    home = library.area(area)
    chain = [above.code for above in reversed(library.chain(home.code))]
    marginals = Marginals([*(code for code in chain if code != NATION), NATION])
    assumed = assumptions()
    cells = _cells(marginals, assumed)
    rates, chronic = _rates(marginals, assumed, cells)
    of_kind = [kind.value for kind in KINDS]
    shares = _class_shares(marginals, assumed)
    costs = _rows(assumed["cost_of_class"])
    costs = costs / (costs * shares).sum(axis=1, keepdims=True)
    diseases = {
        name: share
        for name, share in assumed["chronic_diseases"].items()
        if name in library.rulebook(home.code).diseases
    }
    if not diseases:
        raise InputError(message("这个地方的政策包没有慢特病，不能生成人群"), place=area)
    of_diseases = np.array(list(diseases.values()))
    return Model(
        area=home.code,
        bands=tuple(assumed["age_bands"]),
        oldest=assumed["oldest"],
        cells=cells,
        household=marginals.get("population.mean_household") or assumed["nation"]["households"],
        rates=rates,
        chronic=chronic,
        mean_cost=np.array(
            [
                [
                    marginals.need(f"{kind}.cost", scheme) / marginals.need(counted, scheme)
                    for kind, counted in zip(of_kind, _COUNTED, strict=True)
                ]
                for scheme in SCHEMES
            ]
        ),
        class_shares=shares,
        class_costs=costs,
        spread=np.array([assumed["spread"][kind] for kind in of_kind]) * spread,
        frailty=assumed["frailty_shape"],
        outside=np.array([assumed["outside_catalogue"][kind] for kind in of_kind]),
        upfront=np.array([assumed["upfront"][kind] for kind in of_kind]),
        days=np.array([marginals.need("inpatient.mean_days", scheme) for scheme in SCHEMES]),
        elsewhere=np.array([_elsewhere(marginals, scheme) for scheme in SCHEMES]),
        elsewhere_area=assumed["elsewhere"]["area"],
        filing=assumed["elsewhere"]["filing"],
        grades=tuple(assumed["grades"]),
        diseases=tuple(diseases),
        disease_shares=of_diseases / of_diseases.sum(),
        marginals=marginals,
    )


def _rows(by_kind: dict[str, list[float]]) -> Weights:
    """A row for each kind of care; chronic care is given where outpatients are seen."""
    outpatient, inpatient = by_kind[VisitKind.OUTPATIENT], by_kind[VisitKind.INPATIENT]
    return np.array([outpatient, outpatient, inpatient], dtype=np.float64)


def age_groups(marginals: Marginals, assumed: dict[str, Any]) -> dict[str, float]:
    """Shares of the published groups of age: the area's, else the nation's as assumed."""
    residents = marginals.get("population.residents")
    if residents is None:
        shares: dict[str, float] = assumed["nation"]["ages"]
        return shares
    children, working, sixty, older = (
        marginals.need(f"population.{name}")
        for name in ("age_0_14", "age_15_59", "age_60_up", "age_65_up")
    )
    whole = children + working + sixty
    return {
        "age_0_14": children / whole,
        "age_15_59": working / whole,
        "age_60_64": (sixty - older) / whole,
        "age_65_up": older / whole,
    }


def men_share(marginals: Marginals, assumed: dict[str, Any]) -> float:
    """Men among all people."""
    men = marginals.get("population.men")
    if men is None:
        share: float = assumed["nation"]["men"]
        return share
    return men / (men + marginals.need("population.women"))


def membership_shares(marginals: Marginals) -> Weights:
    """Residents, working and retired employees among the insured."""
    working, retired = (marginals.need(f"insured.{name}", Scheme.EMPLOYEE) for name in Status)
    resident = marginals.need("insured.people", Scheme.RESIDENT)
    return np.array([resident, working, retired]) / (resident + working + retired)


def _cells(marginals: Marginals, assumed: dict[str, Any]) -> Weights:
    bands = assumed["age_bands"]
    by_band = np.zeros(len(bands))
    for group, share in age_groups(marginals, assumed).items():
        within = assumed["age_groups"][group]
        for band, part in zip(within["bands"], within["shares"], strict=True):
            by_band[bands.index(band)] = share * part
    men = men_share(marginals, assumed)
    weights = np.array([assumed["membership"][name] for name in MEMBERSHIPS], dtype=np.float64)
    table = np.repeat(weights.T[:, None, :], 2, axis=1)
    return rake(table, (by_band, np.array([men, 1 - men]), membership_shares(marginals)))


def _rates(
    marginals: Marginals, assumed: dict[str, Any], cells: Weights
) -> tuple[Weights, Weights]:
    """Rates by scheme, kind and band, so that the mean of each scheme is the published one."""
    of_people = cells.sum(axis=1)  # by band and membership
    by_scheme = np.stack([of_people[:, 0], of_people[:, 1] + of_people[:, 2]])
    by_scheme = by_scheme / by_scheme.sum(axis=1, keepdims=True)
    chronic = np.array(assumed["chronic_share"], dtype=np.float64)
    factors = {kind: np.array(assumed["use_by_age"][kind]) for kind in assumed["use_by_age"]}
    rates = np.zeros((len(SCHEMES), len(KINDS), len(chronic)))
    for place, scheme in enumerate(SCHEMES):
        people = marginals.need("insured.people", scheme)
        heads = [marginals.need(counted, scheme) / people for counted in _COUNTED]
        for kind, head in enumerate(heads):
            factor = factors.get(KINDS[kind].value, np.ones(len(chronic)))
            weight = by_scheme[place] * (chronic if KINDS[kind] == VisitKind.CHRONIC else 1)
            rates[place, kind] = head * factor / (factor * weight).sum()
    return rates, chronic


def _class_shares(marginals: Marginals, assumed: dict[str, Any]) -> Weights:
    """Shares of the classes and of primary care by kind."""
    visits = marginals.need("care_by_level.visits_all")
    primary_visits = sum(
        marginals.need(f"care_by_level.visits_{name}")
        for name in (
            "township_centres",
            "community_centres",
            "community_stations",
            "village_clinics",
        )
    )
    stays = marginals.need("care_by_level.stays_all")
    primary_stays = sum(
        marginals.need(f"care_by_level.stays_{name}")
        for name in ("township_centres", "community_centres")
    )
    of_classes = _rows(assumed["classes"])
    primary = np.array([primary_visits / visits] * 2 + [primary_stays / stays])
    return np.column_stack((of_classes * (1 - primary)[:, None], primary))


def _elsewhere(marginals: Marginals, scheme: Scheme) -> float:
    all_visits = sum(marginals.need(counted, scheme) for counted in _COUNTED)
    return marginals.need("elsewhere.visits_outside_home", scheme) / all_visits
