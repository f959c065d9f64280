"""The national drug catalogue by name, form, class and pinyin: edition 2024, in force in 2025.

A later edition is not here: whoever shows a class says the edition.  An agency's or hospital's
own catalogue lies over it where ``YIBAO_CATALOGUE`` names the file, or a folder with one for each
area: a province's over the national one, a city's over that.  Provinces' upfront shares
are the packs'; sex and age are not in it, and of a restriction only that there is one of a kind.
"""

from __future__ import annotations

import csv
import datetime
import io
import lzma
import os
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from yibao.errors import InputError
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
    ItemClass.C: message("丙类（自费）"),
}
PARTS = {
    "": message("自己的目录"),
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
OWN_CATALOGUE = "YIBAO_CATALOGUE"
"""The environment's name for the file of an own catalogue, or the folder of areas' catalogues."""
_NAME, _FORM, _CLASS, _UPFRONT = "药名", "剂型", "类别", "先自付"
_IN_ENGLISH = {"name": _NAME, "form": _FORM, "class": _CLASS, "upfront": _UPFRONT}
_WRITTEN_CLASSES = {
    **{"甲": ItemClass.A, "乙": ItemClass.B, "丙": ItemClass.C, "自费": ItemClass.C},
    **{member.value: member for member in (ItemClass.A, ItemClass.B, ItemClass.C)},
}
_PERCENT = re.compile(r"\d{1,3}(\.\d{1,2})?")
_UNREADABLE = message("读不了目录文件 {file}：要 UTF-8 的 CSV，第一行写药名、剂型、类别、先自付")
_WRONG_LINE = message("第 {line} 行：药名不能空，类别写甲、乙或丙，先自付写百分数")
_SHORTEST_SAID = 3
"""Characters of a drug's name that is looked for inside a sentence."""
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
    upfront: str = ""
    """Percent that a line of an own catalogue says is paid first; empty: the pack's."""
    own: str = ""
    """The file of an agency's, hospital's or area's own catalogue; empty: of the national one."""

    @property
    def restrictions(self) -> tuple[Message, ...]:
        """The kinds of restriction that it has; their wording is in the catalogue itself."""
        return tuple(RESTRICTIONS[flag] for flag in self.flags)


def drugs(area: str = "") -> tuple[Drug, ...]:
    """Every printed line, an own catalogue's first; read when it is first asked for.

    ``area``: six digits, whose catalogue counts where each area has one.
    """
    path = os.environ.get(OWN_CATALOGUE, "")
    if not path:
        return _national()
    try:
        files = _files_of(Path(path), area)
        changed = tuple((str(file), file.stat().st_mtime_ns) for file in files)
    except OSError as error:
        raise InputError(_UNREADABLE.with_values(file=path), place=OWN_CATALOGUE) from error
    return _layered(changed) if changed else _national()


def catalogue_areas() -> tuple[str, ...]:
    """The areas that have a catalogue of their own; none where there is no folder of them."""
    folder = Path(os.environ.get(OWN_CATALOGUE, ""))
    if not os.environ.get(OWN_CATALOGUE) or not folder.is_dir():
        return ()
    return tuple(sorted(file.stem for file in folder.glob("[0-9]" * 6 + ".csv")))


def _files_of(path: Path, area: str) -> tuple[Path, ...]:
    """The file itself; of a folder those of the province, the city and the county, in order."""
    if not path.is_dir():
        return (path,)
    codes = dict.fromkeys((f"{area[:2]}0000", f"{area[:4]}00", area)) if area else {}
    return tuple(file for code in codes if (file := path / f"{code}.csv").is_file())


@lru_cache(maxsize=64)
def _layered(files: tuple[tuple[str, int], ...]) -> tuple[Drug, ...]:
    """Own catalogues over the national one, later files over those before: a name with a form, or
    a name in all its forms.  ``files``: each with when it was changed."""
    lines = _national()
    for name, _ in files:
        own = read_own(Path(name))
        named = {(drug.name, drug.form) for drug in own}
        stays = (drug for drug in lines if not {(drug.name, drug.form), (drug.name, "")} & named)
        lines = (*own, *stays)
    return lines


def read_own(path: Path) -> tuple[Drug, ...]:
    """A catalogue of name, class, and perhaps form and percent paid first; ``InputError``."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(_UNREADABLE.with_values(file=str(path)), place=OWN_CATALOGUE) from error
    own = []
    for line, row in enumerate(rows, 2):
        said = {
            _IN_ENGLISH.get(key.strip().lower(), key.strip()): (value or "").strip()
            for key, value in row.items()
            if key
        }
        item_class = _WRITTEN_CLASSES.get(said.get(_CLASS, "").removesuffix("类"))
        upfront = said.get(_UPFRONT, "").removesuffix("%")
        if not said.get(_NAME) or item_class is None or not _PERCENT.fullmatch(upfront or "0"):
            raise InputError(_WRONG_LINE.with_values(line=line), place=str(path))
        own.append(
            Drug(
                number="",
                repeat=False,
                name=said[_NAME],
                form=said.get(_FORM, ""),
                item_class=item_class,
                part="",
                category="",
                flags=(),
                until="",
                letters="",
                initials="",
                upfront=upfront if item_class == ItemClass.B else "",
                own=path.name,
            )
        )
    return tuple(own)


def editions_of(lines: Iterable[Drug]) -> tuple[Message, ...]:
    """Which catalogues some lines come from."""
    origins = sorted({drug.own for drug in lines}, key=lambda name: (not name, name))
    return tuple(
        message("自己的目录（{file}）", file=name) if name else EDITION_SAID for name in origins
    )


@cache
def _national() -> tuple[Drug, ...]:
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
    text: str, item_class: str = "", form: str = "", most: int = _MOST, area: str = ""
) -> tuple[Drug, ...]:
    """Lines by a piece of a name or its pinyin, whole names first; narrowed by class and form."""
    plain = "".join(text.split()).casefold()
    if not plain:
        return ()
    ranked = [
        (rank, drug)
        for drug in drugs(area)
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


def drugs_named(name: str, area: str = "") -> tuple[Drug, ...]:
    """The lines of a drug by its whole name; with its form in brackets, those of that form."""
    whole = name.strip().replace("(", "（").replace(")", "）")
    plain, _, form = whole.removesuffix("）").partition("（")
    lines = drugs(area)
    exact = tuple(drug for drug in lines if drug.name == name.strip())
    return exact or tuple(drug for drug in lines if drug.name == plain and form in drug.form)


def drugs_in(text: str, area: str = "") -> tuple[Drug, ...]:
    """The lines of the drug that a text names, the longest name where several are in it."""
    lines = drugs(area)
    names = {drug.name for drug in lines if len(drug.name) >= _SHORTEST_SAID and drug.name in text}
    longest = max(names, key=len, default="")
    return tuple(drug for drug in lines if drug.name == longest) if longest else ()


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
