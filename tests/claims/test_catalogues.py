"""A claim's lines are what the catalogue says that the rules name: home's, not the care area's."""

from __future__ import annotations

from pathlib import Path

from yibao.access.permissions import Role, officer
from yibao.care.catalogue import COLUMNS, load_catalogue
from yibao.claims.forms import CarePlace, ClaimLine
from yibao.policy.kinds import HospitalGrade, ItemClass, ItemKind

from .conftest import Office, overlaid

CLERK = officer("clerk")
FOLLOWS_CARE = """
  crossing.manual_catalogue: {unit: choice, values: {2017-01-01: {value: care_area}}}
"""


def _load(desk: Office, folder: Path, area: str, *lines: str) -> None:
    file = folder / f"{area}.csv"
    rows = [f"{line},,0,,2018-01-01," for line in lines]
    file.write_text("\n".join([",".join(COLUMNS), *rows]), encoding="utf-8")
    load_catalogue(desk.database, file, actor=CLERK, area=area)


def test_the_lines_of_a_claim_from_elsewhere(desk: Office, tmp_path: Path) -> None:
    _load(desk, tmp_path, desk.area, "S1,某诊疗,B,service,30")
    _load(desk, tmp_path, "110000", "S1,某诊疗,A,service,", "S2,只有北京有,A,drug,")
    place = CarePlace(name="北京某院", area="110000", grade=HospitalGrade.GRADE_3A)
    lines = (
        ClaimLine(name="某诊疗费", amount=2_000_000, code="S1"),
        ClaimLine(name="外地药", amount=1_000_000, code="S2"),
    )

    def entered() -> list[tuple[ItemClass, ItemKind, int | None]]:
        desk.lines(case, *lines)
        return [(line.item_class, line.kind, line.upfront) for line in desk.sheet(case).lines]

    case = desk.file(desk.claim(place=place))
    desk.hand_in(case, *[paper.kind for paper in desk.page(case).papers if paper.required])
    desk.move(case, "accept", desk.of(Role.CLERK))
    at_home = [(ItemClass.B, ItemKind.SERVICE, 3_000), (ItemClass.C, ItemKind.DRUG, None)]
    assert entered() == at_home
    # What a name was taken for under one catalogue says nothing under another.
    lines = (ClaimLine(name="某诊疗费", amount=2_000_000), *lines[1:])
    assert entered() == at_home
    with overlaid(tmp_path, FOLLOWS_CARE) as packs:
        desk.packs = packs
        in_beijing = [(ItemClass.C, ItemKind.DRUG, None), (ItemClass.A, ItemKind.DRUG, None)]
        assert entered() == in_beijing
