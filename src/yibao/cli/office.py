"""``yibao office``: the cases of an office, where they are worked on by programs.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

import uuid
from typing import Annotated

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, day, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.messages import Listed, Text, message

office = App(about=message("案件：等着办的、一件的经过、办下一步。"))

Case = Annotated[
    str, Argument(metavar=message("案件"), help=message("案件的受理号，见 yibao office queue。"))
]
_MOST = 100


@office.register("queue")
def queue_command(url: Url = "", as_json: AsJson = False) -> None:
    """等着办的案件，期限近的在前，最多 100 件。

    例子：
      yibao office queue
    """
    from yibao.database.instants import civil_day, now
    from yibao.office.reading import queue

    with opened(url) as database:
        rows = queue(database, operator("officer"), civil_day(now()), most=_MOST, every=True)
    if as_json:
        print_json(
            {
                "cases": [
                    {
                        "case": row.case_id,
                        "case_number": row.number,
                        "kind": row.kind.name,
                        "state": row.state,
                        "area": row.area,
                        "due_on": row.deadline.day and row.deadline.day.isoformat(),
                        "overdue": row.deadline.is_overdue,
                    }
                    for row in rows
                ]
            }
        )
        return
    heads: tuple[Text, ...] = (
        message("案件"),
        message("事项"),
        message("到哪一步"),
        message("地区"),
        message("期限"),
    )
    lines = [tuple(worded(head) for head in heads)]
    lines += [
        (
            row.number,
            worded(row.kind.label),
            worded(row.state_label),
            row.area,
            str(row.deadline.day or "—"),
        )
        for row in rows
    ]
    # A number that goes over two lines cannot be copied into the next command.
    least = (max((len(row.number) for row in rows), default=0),)
    write(table(lines, "<<<<<", least=least) if rows else [worded(message("没有等着办的案件"))])


@office.register("case")
def case_command(case: Case, url: Url = "", as_json: AsJson = False) -> None:
    """一件案件：到哪一步、还缺什么材料、经过、可以办的下一步。看过记在当事人的查看记录里。

    例子：
      yibao office case 0198c1a2b3c400000000000000000d10
    """
    from yibao.database.instants import civil_day, now
    from yibao.office.numbers import case_named
    from yibao.office.reading import read_case

    with opened(url) as database:
        case = database.read(lambda unit: case_named(unit, case))
        page = read_case(database, operator("officer"), case, civil_day(now()), purpose="cli")
    moves = {move.name: move.label for move in page.moves}
    if as_json:
        print_json(
            {
                "case": case,
                "kind": page.listed.kind.name,
                "state": page.listed.state,
                "number": page.number,
                "missing": [paper.kind for paper in page.missing],
                "moves": list(moves),
                "history": [
                    {"number": step.number, "at": step.at.isoformat(), "after": step.after}
                    for step in page.history
                ],
            }
        )
        return
    said = [
        message("{kind}：{state}", kind=page.listed.kind.label, state=page.listed.state_label),
        message("要办的：{summary}", summary=page.listed.summary),
    ]
    if page.missing:
        said.append(message("还缺：{papers}", papers=Listed(row.label for row in page.missing)))
    lines = [worded(text) for text in said]
    lines += table(
        [
            (civil_day(step.at).isoformat(), worded(step.label), step.actor, step.reason)
            for step in page.history
        ],
        "<<<<",
    )
    ways = [message("{name}（{label}）", name=name, label=label) for name, label in moves.items()]
    if ways:
        lines.append(worded(message("可以办：{moves}", moves=Listed(ways))))
    write(lines)


@office.register("move")
def move_command(
    case: Case,
    move: Annotated[
        str, Argument(metavar=message("步骤"), help=message("案件可以办的一步，如 accept。"))
    ],
    reason: Annotated[
        str,
        Option("--reason", metavar=message("原因"), help=message("写进决定，申请人看得到。")),
    ] = "",
    until: Annotated[
        str,
        Option(
            "--until",
            metavar=message("日期"),
            help=message("有效到哪天；认定慢特病时由审核人定。"),
        ),
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """办下一步。同一件事里一个人（一个登录名）只有一个岗。

    例子：
      yibao office move 0198c1a2b3c400000000000000000d10 accept
      yibao office move 0198c1a2b3c400000000000000000d10 ask --reason 请补户口簿
    """
    from yibao.access.operations import Key
    from yibao.office.kinds import kind_of
    from yibao.office.locks import case_row
    from yibao.office.numbers import case_named
    from yibao.office.operations import move_case
    from yibao.policy.compile import PolicyLibrary

    with opened(url) as database:
        actor = operator("officer")
        case = database.read(lambda unit: case_named(unit, case))
        answer = move_case(
            database,
            PolicyLibrary.load(),
            Key(actor.id, "cli_move", uuid.uuid4().hex),
            case,
            move,
            actor=actor,
            reason=reason,
            until=day(until, "--until") if until else None,
        )
        kind = kind_of(database.read(lambda unit: case_row(unit, case)).kind)
    if as_json:
        print_json({name: answer[name] for name in ("case", "state", "number", "due_on")})
        return
    # Of its own kind: the same state is called otherwise in another.
    state = kind.state(str(answer["state"])).label
    write([worded(message("已办，现在是：{state}", state=state))])
