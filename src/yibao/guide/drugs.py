"""The national drug catalogue by name, form, class and pinyin: edition 2024, in force in 2025.

A later edition is not here, and nobody's own list of an agency or hospital: whoever shows a
class says the edition.  Provinces' upfront shares are the packs'; sex and age are not in it, and
of a restriction only that there is one of a kind.
"""

from __future__ import annotations

import csv
import datetime
import io
import lzma
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from yibao.messages import Message, message
from yibao.policy.kinds import ItemClass

_DATA = Path(__file__).with_name("data") / "drugs_2024.csv.xz"
EDITION = "2024"
FIRST_DAY, LAST_DAY = datetime.date(2025, 1, 1), datetime.date(2025, 12, 31)
SOURCE = "医保发〔2024〕33号"
EDITION_SAID = message(
    "国家医保药品目录 {edition} 年版（{source}），{first} 至 {last} 有效；以后的版本没有收入",
    edition=EDITION,
    source=SOURCE,
    first=str(FIRST_DAY),
    last=str(LAST_DAY),
)
CLASSES = {
    "": message("由省里定"),
    ItemClass.A: message("甲类"),
    ItemClass.B: message("乙类"),
}
PARTS = {
    "western": message("西药"),
    "patent_tcm": message("中成药"),
    "negotiated_western": message("谈判西药"),
    "negotiated_tcm": message("谈判中成药"),
    "bidding": message("竞价药"),
    "herbal_piece": message("中药饮片"),
}
RESTRICTIONS = {
    "indication": message("限适应症"),
    "test_evidence": message("要有检查证据"),
    "herb_not_alone": message("单味使用不付"),
    "second_line": message("限二线用药"),
    "level2_up": message("限二级以上医院"),
    "inpatient_or_emergency": message("限住院或急诊"),
    "days_or_course": message("限天数或疗程"),
    "specialist": message("限专科医生"),
    "injury_only": message("限工伤"),
    "nutrition_risk": message("要有营养风险"),
    "not_alone": message("不能单独使用"),
    "group_entry": message("按一组药品列名"),
    "maternity_only": message("限生育"),
}
_MOST = 50
"""Lines that a search gives."""


class Drug(NamedTuple):
    """One printed line of the catalogue: a drug in one form."""

    number: str
    repeat: bool
    """A second line of a drug that is numbered once."""
    name: str
    form: str
    item_class: str
    """``A``, ``B``; empty for herbs, whose class the provinces decide."""
    part: str
    category: str
    flags: tuple[str, ...]
    until: str
    """Last day of a negotiated agreement."""
    letters: str
    """Its pinyin, joined."""
    initials: str

    @property
    def restrictions(self) -> tuple[Message, ...]:
        """The kinds of restriction that it has; their wording is in the catalogue itself."""
        return tuple(RESTRICTIONS[flag] for flag in self.flags)


@cache
def drugs() -> tuple[Drug, ...]:
    """Every printed line, in the order of the catalogue; read when it is first asked for."""
    text = lzma.decompress(_DATA.read_bytes()).decode("utf-8")
    return tuple(
        Drug(
            number=row["number"],
            repeat=row["repeat"] == "1",
            name=row["name"],
            form=row["form"],
            item_class=row["class"],
            part=row["part"],
            category=row["category"],
            flags=tuple(filter(None, row["flags"].split(";"))),
            until=row["until"],
            letters=row["letters"],
            initials=row["initials"],
        )
        for row in csv.DictReader(io.StringIO(text))
    )


def find_drugs(
    text: str, item_class: str = "", form: str = "", most: int = _MOST
) -> tuple[Drug, ...]:
    """Lines by a piece of a name or its pinyin, whole names first; narrowed by class and form."""
    plain = "".join(text.split()).casefold()
    if not plain:
        return ()
    ranked = [
        (rank, drug)
        for drug in drugs()
        if (rank := _rank(drug, plain)) is not None
        and item_class in ("", drug.item_class)
        and form in drug.form
    ]
    ranked.sort(key=lambda pair: (pair[0], len(pair[1].name)))
    return tuple(drug for _, drug in ranked[:most])


def _rank(drug: Drug, plain: str) -> int | None:
    """How well a drug fits what is looked for; None: not at all."""
    name = drug.name.casefold()
    for rank, fits in enumerate(
        (
            plain in (name, drug.letters, drug.initials),
            name.startswith(plain),
            plain in name,
            plain.isascii() and (drug.letters.startswith(plain) or drug.initials == plain),
            plain.isascii() and len(plain) > 3 and plain in drug.letters,
        )
    ):
        if fits:
            return rank
    return None


def drugs_named(name: str) -> tuple[Drug, ...]:
    """The lines of a drug by its whole name; with its form in brackets, those of that form."""
    whole = name.strip().replace("(", "（").replace(")", "）")
    plain, _, form = whole.removesuffix("）").partition("（")
    exact = tuple(drug for drug in drugs() if drug.name == name.strip())
    return exact or tuple(drug for drug in drugs() if drug.name == plain and form in drug.form)


class DrugClass(NamedTuple):
    """The forms of a drug that have one class."""

    item_class: str
    forms: tuple[str, ...]


def classes_of(lines: Iterable[Drug]) -> tuple[DrugClass, ...]:
    """The classes of a drug's lines, each with its forms."""
    forms: dict[str, list[str]] = {}
    for drug in lines:
        forms.setdefault(drug.item_class, []).append(drug.form)
    return tuple(DrugClass(item_class, tuple(named)) for item_class, named in forms.items())


def class_of(lines: Iterable[Drug]) -> str:
    """The class of some lines of a drug; empty where they differ or have none."""
    classes = {drug.item_class for drug in lines}
    return classes.pop() if len(classes) == 1 else ""
