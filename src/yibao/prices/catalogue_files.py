"""A catalogue as a file: headings in either language, every faulty line by its number."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from yibao.care.catalogue import COLUMNS, GROUP, catalogue_row
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.kinds import ItemClass, ItemKind
from yibao.prices.files import Cells, day_of, read_rows

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "code": ("编码", "医保编码", "国家编码", "code"),
    "name": ("名称", "name"),
    "class": ("类别", "甲乙丙", "class"),
    "kind": ("种类", "kind"),
    "upfront": ("先行自付", "先自付", "upfront"),
    "limit": ("限价", "limit"),
    "dual_channel": ("双通道", "dual_channel"),
    "diseases": ("限病种", "diseases"),
    GROUP: ("组", GROUP),
    "from": ("起始日", "from"),
    "to": ("终止日", "to"),
}
_MAY_LACK = tuple(name for name in _HEADINGS if name not in ("code", "name", "class", "kind"))
_CLASSES = {"甲": ItemClass.A, "乙": ItemClass.B, "丙": ItemClass.C}
_KINDS = {
    "药品": ItemKind.DRUG,
    "诊疗": ItemKind.SERVICE,
    "诊疗项目": ItemKind.SERVICE,
    "耗材": ItemKind.CONSUMABLE,
    "进口耗材": ItemKind.IMPORTED_CONSUMABLE,
}
_YES_OR_NO = {"是": "1", "否": "0", "": "0"}
_MOST = {"code": 60, "name": 200}


def read_catalogue(content: bytes, start: datetime.date) -> list[dict[str, Any]]:
    """Versions from ``start`` on by column of ``catalogue_item``, each with its ``line``.

    ``FaultyLinesError`` names every line that is none.
    """

    def row_of(number: int, cells: Cells) -> dict[str, Any]:
        return {"line": number, **_version(cells, start)}

    versions = read_rows(content, _HEADINGS, _MAY_LACK, row_of)
    firsts: dict[str, int] = {}
    faults = [
        LineFault(version["line"], message("与第 {line} 行重复", line=firsts[version["code"]]))
        for version in versions
        if firsts.setdefault(version["code"], version["line"]) != version["line"]
    ]
    if faults:
        raise FaultyLinesError(faults)
    return versions


def _version(cells: Cells, start: datetime.date) -> dict[str, Any]:
    for column, most in _MOST.items():
        if not 0 < len(cells[column]) <= most:
            raise InputError(message("编码和名称不能空，不超过 60 和 200 个字"))
    item_class = _CLASSES.get(cells["class"].removesuffix("类"), cells["class"])
    if item_class not in tuple(ItemClass):
        raise InputError(message("类别应写甲、乙或丙"))
    kind = _KINDS.get(cells["kind"], cells["kind"])
    if kind not in tuple(ItemKind):
        raise InputError(message("种类应写药品、诊疗、耗材或进口耗材"))
    dual_channel = _YES_OR_NO.get(cells["dual_channel"], cells["dual_channel"])
    if dual_channel not in ("0", "1"):
        raise InputError(message("双通道应写是或否"))
    told_start = cells["from"]
    if told_start and day_of(told_start) != start:
        raise InputError(message("起始日与这次变更的不同，请分开交"))
    line = {
        **{name: cells.get(name, "") for name in (*COLUMNS, GROUP)},
        "class": str(item_class),
        "kind": str(kind),
        "upfront": cells["upfront"].removesuffix("%").strip(),
        "dual_channel": dual_channel,
        "from": start.isoformat(),
        "to": day_of(cells["to"]).isoformat() if cells["to"] else "",
    }
    return catalogue_row(line, "")
