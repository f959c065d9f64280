"""``yibao db``: the store itself; :mod:`yibao.cli.books` shows what is in it."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

import click

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import say, worded
from yibao.cli.options import AreaOption, AsJson, print_json, whole
from yibao.cli.text import table, write
from yibao.database.place import SANDBOX_VARIABLE, URL_VARIABLE
from yibao.errors import ConflictError, InputError, YibaoError
from yibao.messages import Listed, Message, message

if TYPE_CHECKING:
    from yibao.access.permissions import Actor
    from yibao.database.unit import Database

db = App(about=message("数据库：建表、升级、检查、备份、恢复、演示数据。"))

Url = Annotated[
    str,
    Option(
        "--url",
        envvar=URL_VARIABLE,
        metavar=message("地址"),
        help=message("数据库地址；缺省是数据文件夹（YIBAO_DATA_DIR）里的 SQLite。"),
    ),
]
DryRun = Annotated[bool, Option("--dry-run", help=message("只说会做什么，不写入。"))]
_PROGRESS_EVERY = 200


class CheckFailedError(YibaoError):
    """A check found what must not be."""


def operator(role: str) -> Actor:
    """Whoever runs this command on the machine, in the role that it needs, named for it."""
    from yibao.access.permissions import Actor, Role

    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "?"
    return Actor(f"cli:{name}"[:40], Role(role))


@contextmanager
def opened(
    url: str,
    absent: Literal["refuse", "make", "leave"] = "refuse",
    *,
    any_schema: bool = False,
) -> Iterator[Database]:
    """The store at ``url``; ``absent``: what to do where its file is not there.

    ``any_schema``: also one that an older or a newer program left.
    """
    from yibao.database.place import make_file, store_url
    from yibao.database.unit import open_database

    warn_of_password("--url", url)
    database = open_database(store_url(url or None))
    if not _is_there(database):
        if absent == "refuse":
            raise InputError(
                message("没有数据库 {database}，请先运行 yibao db init", database=shown(database)),
                place="--url",
            )
        if absent == "make":
            make_file(Path(str(database.engine.url.database)))
    try:
        if not any_schema and _is_there(database):
            database.require_schema()
        yield database
    finally:
        database.dispose()


def warn_of_password(option: str, url: str) -> None:
    """Say that a password in a command line is read by everybody on the machine."""
    if not url or url in (os.environ.get(URL_VARIABLE), os.environ.get(SANDBOX_VARIABLE)):
        return
    try:
        password = urlsplit(url).password
    except ValueError:
        return  # whoever opens it says what is wrong
    if password:
        warning = say(
            "注意：{option} 里的密码在进程列表里谁都看得见，请写进环境变量 {variable}",
            option=option,
            variable=URL_VARIABLE,
        )
        click.echo(warning, err=True)


def _is_there(database: Database) -> bool:
    from yibao.database.engines import sqlite_file

    file = sqlite_file(database.engine.url)
    return file is None or file.exists()


def shown(database: Database) -> str:
    """The address without its password."""
    return database.engine.url.render_as_string(hide_password=True)


def complain_of(faults: list[str], good: Message, as_json: bool, notes: Sequence[str] = ()) -> None:
    """Print what a check found; ``CheckFailedError`` if it found anything.

    ``notes``: what was not checked, and what to do about it.
    """
    if as_json:
        print_json({"faults": faults, "notes": list(notes)})
    else:
        write([*(faults or [worded(good)]), *(say("注意：{note}", note=note) for note in notes)])
    if faults:
        sys.stdout.flush()
        raise CheckFailedError(message("检查发现 {count} 处问题", count=len(faults)))


def _upgrade(database: Database, dry_run: bool) -> None:
    from yibao.database.migrating import heads, pending, upgrade

    if dry_run:
        if _is_there(database):
            wanted = [
                say("将运行 {number} {what}", number=step.number, what=step.what)
                for step in database.read(pending)
            ]
            write(wanted or [say("已是最新，没有改动")])
        else:
            write([say("将新建数据库，升级到 {revisions}", revisions=Listed(heads()))])
        return
    ran = [
        say("已运行 {number} {what}", number=step.number, what=step.what)
        for step in upgrade(database)
    ]
    from yibao.aid.reviews import open_missing_reviews

    # Grants that an earlier program left waiting had no case in which somebody decides.
    opened_cases = open_missing_reviews(database, actor=operator("officer"))
    if opened_cases:
        ran.append(say("{count} 个早已在等审核的共济授权有了案件", count=opened_cases))
    from yibao.employers.kinds import code_kinds

    # Of what kind an employer is was free text, which no table can count.
    coded, unread = code_kinds(database, actor=operator("officer"))
    if coded:
        ran.append(say("{count} 个单位的单位性质从原来写的文字读出", count=coded))
    from yibao.insured.payments.mending import mend_rests

    # What slips brought beyond what was due was posted, and not kept beside them.
    mended = mend_rests(database, actor=operator("officer"))
    if mended:
        ran.append(say("{count} 张柜台的单子补记了多收的钱", count=mended))
    if unread:
        ran.append(say("{count} 个单位写的单位性质读不出，留作不明", count=unread))
    write(ran or [say("已是最新，没有改动")])


@db.register("init")
def init(url: Url = "", dry_run: DryRun = False) -> None:
    """新建数据库：建好全部表，嵌入式的同时生成密钥文件。

    已经有表的数据库不动，请用 yibao db upgrade。

    例子：
      yibao db init
      YIBAO_SECRET_KEY=… yibao db init --url postgresql://主机/库
    """
    with opened(url, "leave" if dry_run else "make", any_schema=True) as database:
        from yibao.database.migrating import current

        if _is_there(database) and database.read(current) is not None:
            raise ConflictError(message("数据库已经建好，没有改动；升级请用 yibao db upgrade"))
        if not dry_run:
            database.secrets  # noqa: B018 - a service without a key does not start
        _upgrade(database, dry_run)
        if not dry_run:
            write([say("数据库在 {database}", database=shown(database))])


@db.register("upgrade")
def upgrade_command(url: Url = "", dry_run: DryRun = False) -> None:
    """把数据库升级到本程序的版本：一个事务，要么全部完成，要么没有改动。"""
    with opened(url, any_schema=True) as database:
        _upgrade(database, dry_run)


@db.register("grant")
def grant_command(
    role: Annotated[
        str, Argument(metavar=message("角色"), help=message("服务连接 PostgreSQL 用的角色。"))
    ],
    url: Url = "",
    dry_run: DryRun = False,
) -> None:
    """给服务的角色最小的权限：只增不改的表不能改、不能删，别的表按程序所需；建表、升级都不行。

    以表的主人（升级用的角色）运行，每次 yibao db upgrade 之后再运行一次。--dry-run 只打印语句。

    例子：
      YIBAO_DATABASE_URL=postgresql://yibao_owner@主机/yibao yibao db grant yibao_service
    """
    from yibao.database.grants import grant, grants

    if dry_run:
        write(f"{statement};" for statement in grants(role))
        return
    with opened(url) as database:
        grant(database, role)
        write([say("已给 {role} 服务的权限，没有别的", role=role)])


@db.register("check")
def check(
    url: Url = "",
    sample: Annotated[
        int, Option("--sample", metavar=message("人数"), help=message("只抽查这么多人；缺省全部。"))
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """检查数据库文件、表结构、账和每个人的记录；有问题时逐条列出，退出码 1。

    数据库自己的完整性检查（SQLite 的页、索引；PostgreSQL 装了 amcheck 时）；表结构与程序相符；
    每笔转账合计为零；个人账户不为负，余额等于分录合计；快照等于分录合计；
    审计链完整，封存未被改动；参保人登记行与明细行相同。
    """
    from yibao.record.store_check import StoreCheck

    whole(sample, "--sample", 0, 1_000_000_000)
    with opened(url, any_schema=True) as database:
        run = StoreCheck(database, sample)
        faults = [*map(worded, run.faults())]
        good = message("没有问题：检查了 {count} 人的记录和全部账", count=len(run.people))
        complain_of(faults, good, as_json, [*map(worded, run.notes)])


FileArgument = Annotated[Path, Argument(metavar=message("文件"), help=message("备份文件。"))]


@db.register("backup")
def backup_command(file: FileArgument, url: Url = "", dry_run: DryRun = False) -> None:
    """备份整个数据库到一个新文件；不必停止服务。密钥文件要另外保存。

    PostgreSQL 需要 pg_dump。
    """
    from yibao.database.backup import backup

    with opened(url, any_schema=True) as database:
        if dry_run:
            write([say("将把 {database} 备份到 {file}", database=shown(database), file=file)])
            return
        backup(database, file)
        write([say("已备份到 {file}；密钥不在其中，请另外保存", file=file)])


@db.register("restore")
def restore_command(file: FileArgument, url: Url = "", dry_run: DryRun = False) -> None:
    """从备份恢复到一个空的数据库；已有数据的数据库一律不动。

    PostgreSQL 需要 pg_restore。恢复后请运行 yibao db check。
    """
    from yibao.database.backup import restore

    with opened(url, "leave", any_schema=True) as database:
        if dry_run:
            write([say("将把 {file} 恢复到 {database}", file=file, database=shown(database))])
            return
        restore(database, file)
        write([say("已从 {file} 恢复；请放回原来的密钥，再运行 yibao db check", file=file)])


@db.register("catalogue")
def catalogue_command(
    file: Annotated[
        Path | None,
        Argument(metavar=message("文件"), help=message("CSV；不写就列出库里有哪些地方的目录。")),
    ] = None,
    area: Annotated[
        str,
        Option(
            "--area",
            metavar=message("地区"),
            help=message("哪里的目录：名称或六位代码；不写是本库的目录，各地没有自己的时都用它。"),
        ),
    ] = "",
    url: Url = "",
) -> None:
    """装入一个地方的医保目录；不写文件时列出库里各地的目录。

    CSV 的列：code、name、class（A、B、C）、kind（drug、service、consumable）、
    upfront（百分数）、limit（每单位的元）、dual_channel、diseases、from、to，可以再有 group。
    逐项看：市的盖在省的上面，省的盖在本库的上面。异地直接结算、手工报销各用哪地的目录，由规则定。

    例子：
      yibao db catalogue 目录.csv
      yibao db catalogue 当地目录.csv --area 城市
      yibao db catalogue
    """
    from yibao.care.catalogue import OF_THE_STORE, catalogues, load_catalogue

    if file is None:
        if area:
            raise InputError(message("装入哪个文件"), place=say("文件"))
        with opened(url) as database:
            stored = catalogues(database, actor=operator("officer"))
        lines = [(say("地区"), say("项目"), say("版本"), say("最早"), say("最晚"))]
        lines += [
            (area or say("本库"), str(items), str(versions), str(first), str(last))
            for area, items, versions, first, last in stored
        ]
        write(table(lines, "<>>><") if stored else [say("库里没有目录")])
        return
    whose = _catalogue_area(area) if area else OF_THE_STORE
    with opened(url) as database:
        loaded = load_catalogue(
            database,
            file,
            actor=operator("officer"),
            area=whose,
            progress=lambda lines, of: click.echo(f"{lines}/{of}", err=True),
        )
    write(
        [
            say(
                "{area}的目录：新装 {added} 个版本，已有 {unchanged} 个",
                area=whose or say("本库"),
                added=loaded.added,
                unchanged=loaded.unchanged,
            )
        ]
    )


def _catalogue_area(text: str) -> str:
    """The code of a place that there is."""
    from yibao.inquiry.reading import any_area
    from yibao.policy.compile import PolicyLibrary
    from yibao.policy.places import is_known_code

    packs = PolicyLibrary.load()
    code = any_area(packs, text, "--area")
    if packs.covering(code) is None and not is_known_code(code):
        raise InputError(message("没有地区 {code}", code=code), place="--area")
    return code


@db.register("demo")
def demo(
    url: Url = "",
    families: Annotated[
        int,
        Option("--families", metavar=message("户数"), help=message("多少户人家，每户二到三人。")),
    ] = 80,
    seed: Annotated[
        int, Option("--seed", metavar=message("数"), help=message("同一个数，同一批人。"))
    ] = 1,
    area: AreaOption = "",
    dry_run: DryRun = False,
) -> None:
    """写入演示数据：几百个虚构的人，一年的缴费、划入、共济、看病和住院，和几个可以登录的人。

    写进的是沙箱：没有数据库时建一个，已有的要是还没有参保人的沙箱。
    真的库（yibao db init 建的）不写。
    """
    from yibao.access.trail import all_people
    from yibao.database.alone import alone_with
    from yibao.database.migrating import upgrade
    from yibao.database.nature import Nature, require_sandbox
    from yibao.gateway.sandbox import finish
    from yibao.policy.compile import PolicyLibrary
    from yibao.scenario.demo import demo_area, demo_scenario, live_demo, logins

    whole(families, "--families", 1, 100_000)
    packs = PolicyLibrary.load()
    home = packs.area(area).code if area else demo_area(packs)
    scenario = demo_scenario(packs, home, families, seed)
    counts = message(
        "{people} 人，{steps} 件事", people=len(scenario.people), steps=len(scenario.steps)
    )
    if dry_run:
        write([say("将写入 {counts}", counts=counts)])
        return
    with opened(url, "make", any_schema=True) as database, alone_with(database.engine):
        if not database.is_empty():
            database.read(lambda unit: require_sandbox(unit.connection))
        upgrade(database, new=Nature.SANDBOX)
        if all_people(database):
            raise ConflictError(
                message("数据库里已经有参保人，演示数据只写进空的数据库；没有写入任何内容")
            )
        refused = 0
        for number, refused_so_far in live_demo(packs, scenario, database):
            refused = refused_so_far
            if number % _PROGRESS_EVERY == 0:
                click.echo(f"{number}/{len(scenario.steps)}", err=True)
        finish(database, packs)
        users = [(say("登录名"), say("密码"), say("角色"), say("谁"))]
        users += [
            (user.login, user.password, worded(user.role.wording), user.who)
            for user in logins(database)
        ]
        write(
            [
                say("已写入 {counts}，其中 {refused} 件按规则拒绝", counts=counts, refused=refused),
                say("数据库在 {database}", database=shown(database)),
                say("可以这样登录（密码由本库的密钥算出，库里只存散列）："),
                *table(users, "<<<<"),
                say("参保人之外还要验证码：yibao sandbox code 登录名 打印现在的 6 位数"),
            ]
        )
