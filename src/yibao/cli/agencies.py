"""``yibao agency``: the offices whose staff sign in to a store.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

import datetime
from dataclasses import asdict
from typing import Annotated

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, home_area, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.messages import message

agency = App(about=message("经办机构：谁在哪里办事，管哪个统筹区。"))

Name = Annotated[str, Argument(metavar=message("名称"), help=message("经办机构的名称或编号。"))]


@agency.register("add")
def add(
    name: Name,
    area: Annotated[
        str,
        Option(
            "--area",
            metavar=message("地区"),
            help=message("管的统筹区：名称或六位代码；一个省就是全省。"),
        ),
    ],
    url: Url = "",
) -> None:
    """登记一个经办机构。

    例子：
      yibao agency add 本市医保中心 --area 城市
    """
    from yibao.access.agencies import add_agency
    from yibao.policy.compile import PolicyLibrary

    code = home_area(PolicyLibrary.load(), area)[0]
    with opened(url) as database:
        founded = add_agency(database, operator("administrator"), name, code)
    said = message("{name}，管 {area}，编号 {id}", name=name, area=code, id=founded.agency)
    write([worded(said)])


@agency.register("list")
def listed(url: Url = "", as_json: AsJson = False) -> None:
    """列出经办机构。

    例子：
      yibao agency list
    """
    from yibao.access.agencies import agencies_of

    with opened(url) as database:
        agencies = agencies_of(database, operator("administrator"))
    if as_json:
        print_json(
            {
                "agencies": [
                    {**asdict(known), "closed_on": known.closed_on and known.closed_on.isoformat()}
                    for known in agencies
                ]
            }
        )
        return
    heads = (message("名称"), message("地区"), message("编号"), message("停用"))
    lines = [tuple(worded(head) for head in heads)]
    lines += [
        (known.name, known.area, known.agency, str(known.closed_on or "")) for known in agencies
    ]
    write(table(lines, "<<<<"))


@agency.register("close")
def close(name: Name, url: Url = "") -> None:
    """从今天起不再给它加人；已有的人另外停用或换岗。

    例子：
      yibao agency close 本市医保中心
    """
    from yibao.access.agencies import agency_called, close_agency
    from yibao.insured.enrolment.cover import civil_day

    day = civil_day(datetime.datetime.now(datetime.UTC))
    by = operator("administrator")
    with opened(url) as database:
        close_agency(database, by, agency_called(database, by, name).agency, day)
    write([worded(message("{name} 从 {day} 起停用", name=name, day=day))])
