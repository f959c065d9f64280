"""``yibao ledger`` and ``yibao audit``: the books of a store and its trail."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import say, worded
from yibao.cli.options import AsJson, day, day_or_today, print_json, today
from yibao.cli.store import DryRun, Url, complain_of, opened, operator
from yibao.cli.text import table, write
from yibao.errors import ConflictError, InputError
from yibao.messages import Listed, message

if TYPE_CHECKING:
    from yibao.ledger.balances import AccountStatement

ledger = App(about=message("账：余额、明细、快照、导出。"))
audit = App(about=message("审计链：检查与封存。"))


# --- yibao ledger --------------------------------------------------------------------------------

Account = Annotated[
    str, Argument(metavar=message("账户"), help=message("如 personal:编号，见 docs/ledger.md。"))
]


def _yuan(fen: int) -> str:
    from yibao.money.text import format_yuan

    return format_yuan(fen)


@ledger.register("balances")
def balances(
    prefix: Annotated[
        str,
        Argument(metavar=message("开头"), help=message("账户名的开头；缺省：除个人账户外的全部。")),
    ] = "",
    on: Annotated[
        str, Option("--on", metavar=message("日期"), help=message("哪一天末；缺省全部。"))
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """各账户的余额；统筹基金等由快照加其后的分录得出。"""
    from yibao.ledger.balances import shared_balances
    from yibao.ledger.chart import PERSONAL_PREFIX

    last = day(on, "--on") if on else None
    if prefix.startswith(PERSONAL_PREFIX) or (prefix and PERSONAL_PREFIX.startswith(prefix)):
        raise InputError(
            message("个人账户请用 yibao ledger statement，一次看一个人"), place=say("开头")
        )
    with opened(url) as database:
        totals = shared_balances(database, actor=operator("auditor"), prefix=prefix, day=last)
    if as_json:
        print_json([{"account": name, "balance": amount} for name, amount in totals])
    else:
        write(table([(name, _yuan(amount)) for name, amount in totals], "<>"))


@ledger.register("statement")
def statement_command(
    account: Account,
    first: Annotated[str, Option("--from", metavar=message("日期"), help=message("首日。"))],
    last: Annotated[
        str, Option("--to", metavar=message("日期"), help=message("末日；缺省今天。"))
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """一个账户一段时间的明细：期初、逐笔（含对方账户）、期末。

    查个人账户会记入本人的审计链。

    例子：
      yibao ledger statement personal:wang --from 2025-01-01 --to 2025-12-31
    """
    from yibao.ledger.balances import account_statement, check_account

    check_account(account)
    start, end = day(first, "--from"), day_or_today(last, "--to")
    with opened(url) as database:
        movements = account_statement(database, account, start, end, actor=operator("auditor"))
    if as_json:
        print_json(_plain(movements))
        return
    rows = [
        (say("日期"), say("金额"), say("余额"), say("对方账户")),
        (str(movements.first), "", _yuan(movements.opening), say("期初")),
    ]
    rows += [
        (
            str(line.day),
            _yuan(line.amount),
            _yuan(line.balance),
            worded(Listed(f"{name} {_yuan(amount)}" for name, amount in line.counterparts)),
        )
        for line in movements.lines
    ]
    write(table([*rows, (str(movements.last), "", _yuan(movements.closing), say("期末"))], "<>><"))


def _plain(movements: AccountStatement) -> dict[str, Any]:
    return {
        "account": movements.account,
        "from": movements.first.isoformat(),
        "to": movements.last.isoformat(),
        "opening": movements.opening,
        "lines": [
            {
                "day": line.day.isoformat(),
                "transfer": line.transfer_id,
                "amount": line.amount,
                "balance": line.balance,
                "counterparts": [list(counterpart) for counterpart in line.counterparts],
            }
            for line in movements.lines
        ],
        "closing": movements.closing,
    }


@ledger.register("snapshot")
def snapshot(
    on: Annotated[
        str, Option("--on", metavar=message("日期"), help=message("哪一天末；缺省昨天。"))
    ] = "",
    void: Annotated[
        str,
        Option(
            "--void", metavar=message("日期"), help=message("作废这一天和以后的快照，可以再打。")
        ),
    ] = "",
    url: Url = "",
    dry_run: DryRun = False,
) -> None:
    """为统筹基金等账户打快照，以后查余额只看其后的分录；可以每天运行，重复运行无害。

    快照到已提交的最后一笔为止，离现在至少一天：时钟错几个小时，余额也不会错。时钟被调回过就拒绝打。
    db check 说快照与分录不同时，用 --void 作废再打；作废记在库自己的审计链上。
    """
    from yibao.ledger.balances import accounts, take_snapshots, void_snapshots

    if void:
        since = day(void, "--void")
        with opened(url) as database:
            if dry_run:
                write([say("将作废 {since} 和以后的快照", since=since)])
                return
            count = void_snapshots(database, since, actor=operator("officer"))
            write([say("已作废 {count} 个快照（{since} 和以后）", count=count, since=since)])
        return
    at = day(on, "--on") if on else today() - datetime.timedelta(days=1)
    with opened(url) as database:
        if dry_run:
            names = database.read(lambda unit: list(accounts(unit, personal=False)))
            write([say("将为 {count} 个账户打 {day} 的快照", count=len(names), day=at)])
            return
        count = take_snapshots(database, at, actor=operator("officer"))
        write([say("新打 {count} 个快照（{day}）", count=count, day=at)])


@ledger.register("export")
def export(
    file: Annotated[
        str, Argument(metavar=message("文件"), help=message("写到哪个新文件；- 是标准输出。"))
    ] = "-",
    url: Url = "",
) -> None:
    """导出全部账目为 beancount 格式；末尾断言每个账户的余额，可用 bean-check 独立核对。"""
    from yibao.ledger.export import export_books
    from yibao.private_files import reserve

    def to_file(lines: Iterator[str]) -> None:
        draft = Path(f"{file}.part")
        try:
            with reserve(draft).open("w", encoding="utf-8") as text:
                text.writelines(f"{line}\n" for line in lines)
            draft.rename(file)
        except FileExistsError:
            raise ConflictError(
                message("{draft} 已经存在，请先删除或换一个文件名", draft=draft)
            ) from None
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise InputError(
                message("写不成：{reason}", reason=error.strerror), place=file
            ) from None

    with opened(url) as database:
        if file == "-":
            export_books(database, write, actor=operator("auditor"))
            return
        if Path(file).exists():
            raise ConflictError(
                message("{file} 已经存在，请换一个文件名；没有写入任何内容", file=file)
            )
        export_books(database, to_file, actor=operator("auditor"))
        write([say("已导出到 {file}", file=file)])


# --- yibao audit ---------------------------------------------------------------------------------


@audit.register("verify")
def verify(
    person: Annotated[
        str, Option("--person", metavar=message("编号"), help=message("只查这个人。"))
    ] = "",
    seal: Annotated[
        list[str],
        Option(
            "--seal",
            metavar=message("号=散列"),
            help=message("另存在库外的封存，可以写几次；与库里的对照。"),
        ),
    ] = [],  # noqa: B006 - nobody changes it
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """检查审计链：每个人的事件首尾相接、未被改动，封存也未被改动；有问题退出码 1。

    封存被整个删掉，或连同最新的事件一起删掉，库里不留痕迹，只有与另存在库外的封存对照才看得出来；
    没有写 --seal 时会这样提醒。

    例子：
      yibao audit verify --seal 12=6b86b273ff34…
    """
    from yibao.access.permissions import require
    from yibao.access.seals import kept_seal, seal_faults, seals_outside_differ
    from yibao.access.trail import all_people, verify_people
    from yibao.errors import NotFoundError

    require(operator("auditor"), "verify_trail")
    outside = [kept_seal(text, "--seal") for text in seal]
    notes: list[str] = []
    if not outside and not person:
        notes.append(
            say(
                "没有给出另存的封存（--seal 号=散列），封存是否被删除或重做看不出来；"
                "yibao audit seal 会说怎样另存"
            )
        )
    with opened(url) as database:
        known = all_people(database)
        if person and person not in known:
            raise NotFoundError(message("没有登记的参保人 {person}", person=person))
        people = [person] if person else known
        faults = [*map(worded, verify_people(database, people))]
        faults += [] if person else map(worded, seal_faults(database))
        faults += map(worded, seals_outside_differ(database, outside))
    good = message("没有问题：{count} 人的审计链完整", count=len(people))
    complain_of(faults, good, as_json, notes)


@audit.register("seal")
def seal(url: Url = "", dry_run: DryRun = False) -> None:
    """封存：给有新事件的审计链的末端做一个默克尔根。

    把打印的号和散列抄到管库的人改不到的地方：另一个部门的登记簿、纸上、另一台机器。
    日后 yibao audit verify --seal 号=散列 证明这一号之前的事件一个也没有被改、被删。
    """
    from yibao.access.seals import last_seal, seal_heads, unsealed

    with opened(url) as database:
        if dry_run:
            write([say("有 {count} 人的审计链待封存", count=database.read(unsealed))])
            return
        numbers = seal_heads(database, operator("auditor"))
        last = database.read(last_seal)
        if not numbers or last is None:
            write([say("没有新的事件，不必封存")])
            return
        write(
            [
                say(
                    "已封存 {count} 号（到第 {last} 号），散列 {hash}",
                    count=len(numbers),
                    last=numbers[-1],
                    hash=last.hash,
                ),
                say("请把下面一行另存到管库的人改不到的地方（另一个部门、纸上），日后对照："),
                f"yibao audit verify --seal {last.number}={last.hash}",
            ]
        )
