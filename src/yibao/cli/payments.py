"""``yibao payments``: the files between a cashier and the bank.

Registered by name in :mod:`yibao.cli.main`.  A head signs at the desk or over the API.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from yibao.cli.app import App
from yibao.cli.declared import Argument
from yibao.cli.language import worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import CheckFailedError, Url, opened, operator
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.messages import Fen, message

payments = App(about=message("拨付：等着付的、批次，银行文件和回盘。"))

Batch = Annotated[
    str, Argument(metavar=message("批次"), help=message("批次的编号，见 yibao payments list。"))
]


@payments.register("list")
def listed(url: Url = "", as_json: AsJson = False) -> None:
    """等着拨付的总数，和最近的批次。

    例子：
      yibao payments list
    """
    from yibao.disbursement.reading import payments as read_payments

    with opened(url) as database:
        page = read_payments(database, operator("officer"))
    total = sum(order.amount for order in page.waiting)
    if as_json:
        batches = [
            {
                "batch": batch.batch_id,
                "state": batch.state.value,
                "count": batch.count,
                "total_fen": batch.total,
                "unanswered": batch.open,
            }
            for batch in page.batches
        ]
        waiting = {"count": len(page.waiting), "total_fen": total}
        print_json({"waiting": waiting, "returned": len(page.returned), "batches": batches})
        return
    said = message(
        "等着拨付 {count} 笔，{total}；银行退回 {returned} 笔",
        count=len(page.waiting),
        total=Fen(total),
        returned=len(page.returned),
    )
    heads = [message("批次"), message("状态"), message("笔数"), message("金额"), message("未回盘")]
    lines = [tuple(worded(head) for head in heads)]
    lines += [
        (
            batch.batch_id,
            worded(batch.state_label),
            str(batch.count),
            worded(Fen(batch.total)),
            str(batch.open),
        )
        for batch in page.batches
    ]
    write([worded(said), *table(lines, "<<>>>")])


@payments.register("file")
def file(
    batch: Batch,
    output: Annotated[
        Path, Argument(metavar=message("文件"), help=message("写到哪里；不覆盖已有的文件。"))
    ],
    url: Url = "",
) -> None:
    """把已报盘的一批写成银行文件（CSV），与报盘时的一字不差；里面有户名和账号，只有本人能读。

    例子：
      yibao payments file 0198c1a2b3c400000000000000000e10 bank.csv
    """
    from yibao.disbursement.operations import file_of_batch
    from yibao.private_files import reserve

    with opened(url) as database:
        content = file_of_batch(database, batch, actor=operator("officer"))
    try:
        reserve(output).write_bytes(content)
    except FileExistsError:
        said = message("{file} 已经有了，请换一个名字", file=output)
        raise InputError(said, place=str(output)) from None
    write([worded(message("已写入 {file}", file=output))])


@payments.register("answer")
def answer(
    answers: Annotated[
        Path, Argument(metavar=message("文件"), help=message("银行的回盘文件（CSV，UTF-8）。"))
    ],
    url: Url = "",
) -> None:
    """登记银行回盘：成功的记账，退回的等新的账户；逐行办，同一份再来一次不会多记。

    第一行是列名：批次号,付款单号,金额,结果,银行流水号,日期,原因；结果写“成功”或“退回”。

    例子：
      yibao payments answer answers.csv
    """
    from yibao.disbursement.operations import book_answers, read_answers

    try:
        content = answers.read_bytes()
    except OSError:
        raise InputError(message("读不了 {file}", file=answers), place=str(answers)) from None
    lines = read_answers(content)
    with opened(url) as database:
        booked = book_answers(database, lines, actor=operator("officer"))
    faults = [line for line in booked if line.fault is not None]
    write([worded(message("记了 {count} 行", count=len(booked) - len(faults)))])
    write([f"{line.answer.order_id}  {worded(line.fault or '')}" for line in faults])
    if faults:
        raise CheckFailedError(message("有 {count} 行没有记账", count=len(faults)))
