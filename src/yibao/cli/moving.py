"""``yibao moving``: the form of somebody who moves, as a file between two stores.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.messages import Fen, message

moving = App(about=message("转移接续的信息表文件；死亡以后的结算。"))

_FILE = message("文件")


@moving.register("key")
def key_command(url: Url = "", as_json: AsJson = False) -> None:
    """本系统给信息表签章的公钥；转入地收表时要写。

    例子：
      yibao moving key
    """
    from yibao.moving.files import form_key

    with opened(url) as database:
        key = form_key(database.secrets)
    if as_json:
        print_json({"key": key})
        return
    write([key])


@moving.register("form-out")
def form_out(
    case: Annotated[
        str, Argument(metavar=message("案件"), help=message("转出案件的编号，信息表已经出了。"))
    ],
    output: Annotated[Path, Argument(metavar=_FILE, help=message("写到哪里；不覆盖已有的文件。"))],
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """把转出的信息表写成签过章的文件，给转入地；里面有姓名和号码，只有本人能读。

    例子：
      yibao moving form-out 0198c1a2b3c400000000000000000d10 form.json
    """
    import msgspec

    from yibao.moving.files import send_file
    from yibao.office.numbers import case_named
    from yibao.private_files import reserve

    with opened(url) as database:
        case_id = database.read(lambda unit: case_named(unit, case))
        file = send_file(database, case_id, actor=operator("officer"))
    try:
        reserve(output).write_bytes(msgspec.json.encode(file))
    except FileExistsError:
        said = message("{file} 已经有了，请换一个名字", file=output)
        raise InputError(said, place=str(output)) from None
    if as_json:
        print_json({"form": file.form.number, "key": file.key, "file": str(output)})
        return
    write([worded(message("已写入 {file}", file=output)), file.key])


@moving.register("form-in")
def form_in(
    source: Annotated[Path, Argument(metavar=_FILE, help=message("转出地发来的信息表文件。"))],
    key: Annotated[
        str,
        Option("--key", metavar=message("公钥"), help=message("转出地的公钥，两地事先约定。")),
    ],
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """收下另一个系统的信息表：核签章、找到人和已受理的转入申请；收过的不再收。

    例子：
      yibao moving form-in form.json --key 64位公钥
    """
    from yibao.access.operations import Key
    from yibao.moving.files import MOST_BYTES, receive_file
    from yibao.policy.compile import PolicyLibrary

    try:
        with source.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError:
        raise InputError(message("读不了 {file}", file=source), place=str(source)) from None
    with opened(url) as database:
        actor = operator("officer")
        answer = receive_file(
            database,
            PolicyLibrary.load(),
            Key(actor.id, "cli_transfer_form", uuid.uuid4().hex),
            content,
            key,
            actor=actor,
        )
    if as_json:
        told = ("case", "form", "months", "due_on")
        print_json({name: answer[name] for name in told} | {"balance_fen": answer["balance"]})
        return
    write(
        [
            worded(
                message(
                    "已收下：职工医保 {months} 个月，余额 {balance}，{day} 以前入库",
                    months=answer["months"],
                    balance=Fen(answer["balance"]),
                    day=answer["due_on"] or "—",
                )
            ),
            str(answer["case"]),
        ]
    )


@moving.register("after-death")
def after_death(url: Url = "", as_json: AsJson = False) -> None:
    """死亡以后的结算：谁、哪次就医、哪天，等经办和监管看；不自动扣回。

    例子：
      yibao moving after-death
    """
    from yibao.moving.deaths import care_after_death

    with opened(url) as database:
        rows = care_after_death(database, actor=operator("officer"))
    if as_json:
        told = [
            {
                "person": row.person_id,
                "visit": row.visit_id,
                "end": row.end.isoformat(),
                "died_on": row.died_on.isoformat(),
            }
            for row in rows
        ]
        print_json({"settlements": told})
        return
    heads = (message("参保人"), message("就医"), message("看完日期"), message("死亡日期"))
    lines = [tuple(worded(head) for head in heads)]
    lines += [
        (row.person_id, row.visit_id, row.end.isoformat(), row.died_on.isoformat()) for row in rows
    ]
    write(table(lines, "<<<<") if rows else [worded(message("没有死亡以后的结算"))])
