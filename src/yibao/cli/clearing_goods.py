"""``yibao clearing goods``: delivery lists by file, and those of the store."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.messages import Fen, message


def goods(
    file: Annotated[
        str,
        Argument(
            metavar=message("文件"),
            help=message("CSV 或 .xlsx，列是编码、名称、数量、单价、金额；不写就列出库里的。"),
        ),
    ] = "",
    institution: Annotated[
        str, Option(metavar=message("机构"), help=message("机构编号（fixmedins_code）。"))
    ] = "",
    maker: Annotated[
        str, Option(metavar=message("企业"), help=message("企业的统一社会信用代码。"))
    ] = "",
    maker_name: Annotated[
        str, Option("--maker-name", metavar=message("名称"), help=message("企业名称。"))
    ] = "",
    number: Annotated[
        str, Option(metavar=message("编号"), help=message("企业自己的清单编号。"))
    ] = "",
    kind: Annotated[
        str,
        Option(
            "--kind",
            metavar=message("种类"),
            help=message("goods_procured 集采，goods_negotiated 谈判药品。"),
        ),
    ] = "",
    accepted_on: Annotated[
        str, Option("--accepted", metavar=message("日期"), help=message("机构哪天验收。"))
    ] = "",
    holder: Annotated[
        str, Option(metavar=message("户名"), help=message("企业收款账户的户名。"))
    ] = "",
    bank: Annotated[str, Option(metavar=message("银行"), help=message("开户行。"))] = "",
    account: Annotated[str, Option(metavar=message("账号"), help=message("8 到 32 位数字。"))] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """直接付给企业的货款：代企业交一份清单，机构确认、复审批准以后付；不写文件就列出库里的。

    例子：
      yibao clearing goods 清单.csv --institution H14010500001 --maker 91140100MA0000000X
      --maker-name 某药业 --number D-1 --kind goods_procured --accepted 2026-11-05
      --holder 某药业 --bank 建设银行 --account 4200001234567890
    """
    if not file:
        _listed(url, as_json)
        return
    from yibao.access.operations import Key
    from yibao.clearing.goods_lines import read_goods
    from yibao.clearing.operations import draft_goods
    from yibao.inquiry.clearing_goods import GOODS, goods_from
    from yibao.inquiry.filling import FieldsError, read
    from yibao.inquiry.reading import today

    written = {
        "institution": institution,
        "maker": maker,
        "maker_name": maker_name,
        "number": number,
        "goods_kind": kind,
        "accepted_on": accepted_on,
        "holder": holder,
        "bank": bank,
        "account": account,
    }
    reading = read(GOODS, written, today())
    if reading.faults:
        raise FieldsError(
            (_OPTIONS.get(name, f"--{name.replace('_', '-')}"), fault)
            for name, fault in reading.faults.items()
        )
    try:
        content = Path(file).read_bytes()
    except OSError:
        raise InputError(message("读不到文件 {file}", file=file), place="FILE") from None
    with opened(url) as database:
        answer = draft_goods(
            database,
            Key("cli", "draft_goods", secrets.token_hex(16)),
            goods_from(reading.values, institution),
            read_goods(content),
            actor=operator("officer"),
        )
    if as_json:
        print_json(answer)
        return
    said = message(
        "已交清单 {goods}：{count} 行，{amount}，等机构确认",
        goods=answer["goods"],
        count=answer["count"],
        amount=Fen(answer["amount"]),
    )
    write([worded(said)])


_OPTIONS = {"goods_kind": "--kind", "accepted_on": "--accepted"}
"""Where an option is called otherwise than the field of the page."""


def _listed(url: str, as_json: bool) -> None:
    from yibao.clearing.goods_reading import list_goods

    with opened(url) as database:
        rows = list_goods(database, operator("officer"))
    if as_json:
        print_json(
            {
                "goods": [
                    {
                        "goods": row.goods_id,
                        "institution": row.institution_id,
                        "maker": row.maker,
                        "number": row.number,
                        "state": int(row.state),
                        "due_on": row.due_on.isoformat(),
                        "amount_fen": row.amount,
                    }
                    for row in rows
                ]
            }
        )
        return
    heads = (
        message("机构"),
        message("企业名称"),
        message("清单编号"),
        message("状态"),
        message("最后一天"),
        message("货款"),
    )
    lines = [tuple(worded(head) for head in heads)]
    lines += [
        (
            row.institution_id,
            row.maker_name,
            row.number,
            worded(row.state_label),
            row.due_on.isoformat(),
            worded(Fen(row.amount)),
        )
        for row in rows
    ]
    write(table(lines, "<<<<<>"))
