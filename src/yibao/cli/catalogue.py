"""``yibao catalogue``: a drug of the national catalogue by name, form, class or pinyin."""

from __future__ import annotations

import json
import sys
from typing import Annotated

from yibao.cli.declared import Argument, Option
from yibao.cli.language import say, worded
from yibao.cli.text import columns, headed, wrap, write
from yibao.errors import InputError, NotFoundError
from yibao.guide.drugs import (
    CLASSES,
    EDITION,
    EDITION_SAID,
    FIRST_DAY,
    LAST_DAY,
    PARTS,
    SOURCE,
    Drug,
    editions_of,
)
from yibao.guide.drugs import find_drugs as lines_found
from yibao.inquiry.reading import any_area
from yibao.messages import Listed, Phrases, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass


def _data(drug: Drug) -> dict[str, object]:
    return {
        "name": drug.name,
        "form": drug.form,
        "class": drug.item_class or None,
        "part": drug.part,
        "category": drug.category,
        "restrictions": list(drug.flags),
        "agreement_until": drug.until or None,
        "upfront_percent": drug.upfront or None,
        "own": bool(drug.own),
        "file": drug.own or None,
    }


def catalogue(
    name: Annotated[
        str,
        Argument(metavar=message("药名"), help=message("药名或其中几个字，拼音或首字母也行。")),
    ],
    item_class: Annotated[str, Option("--class", help=message("只看甲类或乙类：甲、乙。"))] = "",
    form: Annotated[str, Option("--form", help=message("只看一种剂型，如“颗粒”。"))] = "",
    area: Annotated[
        str | None, Option("--area", help=message("哪里的目录；各地目录放在一个文件夹里才有。"))
    ] = None,
    as_json: Annotated[bool, Option("--json", help=message("输出一个 JSON 对象。"))] = False,
) -> None:
    """国家医保药品目录：甲类还是乙类、剂型、有没有限制。

    经办或医院自己的目录写成 CSV（药名、剂型、类别、先自付），用环境变量 YIBAO_CATALOGUE 指出，
    就盖在国家目录上；它是文件夹时，各地一份（110000.csv），异地就医照规定用就医地或参保地的那份。

    例子：
      yibao catalogue 阿莫西林 --form 颗粒
      yibao catalogue amxl
      YIBAO_CATALOGUE=本院目录.csv yibao catalogue 阿莫西林
      YIBAO_CATALOGUE=各地目录 yibao catalogue 阿莫西林 --area 110000
    """
    written = item_class.strip().removesuffix("类").upper()
    wanted: str = {"甲": ItemClass.A, "乙": ItemClass.B}.get(written, written)
    if wanted not in CLASSES:
        raise InputError(message("请写甲或乙：{text}", text=repr(item_class)), place="--class")
    whose = any_area(PolicyLibrary.load(), area, "--area") if area else ""
    lines = lines_found(name, wanted, form, area=whose)
    if not lines:
        raise NotFoundError(
            message(
                "目录里没有 {name}：可能是商品名，或不在目录里（全自费）。{edition}",
                edition=EDITION_SAID,
                name=repr(name),
            )
        )
    if as_json:
        edition = {
            "edition": EDITION,
            "source": SOURCE,
            "from": str(FIRST_DAY),
            "to": str(LAST_DAY),
        }
        data = {"catalogue": edition, "drugs": [_data(drug) for drug in lines]}
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        return
    rows = [
        (
            drug.name,
            drug.form,
            worded(CLASSES[drug.item_class]),
            worded(PARTS[drug.part]),
            worded(Phrases(drug.restrictions)) if drug.flags else "",
        )
        for drug in lines
    ]
    headings = (
        *(message("药名"), message("剂型"), message("类别")),
        *(message("哪一部分"), message("限制")),
    )
    edition_said = worded(Listed(editions_of(lines)))
    write(headed(edition_said, [worded(heading) for heading in headings], rows))
    write(wrap(say("限制的原文见目录；先自付比例由各省定。"), columns()))
