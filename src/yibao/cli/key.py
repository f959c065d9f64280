"""``yibao key``: what a store is encrypted with, and putting another key in its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import say, worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import Url, opened
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.messages import Message, message

if TYPE_CHECKING:
    from yibao.database.unit import Database

key = App(about=message("库的密钥：看指纹、生成、轮换。"))

_STATES: dict[str, Message] = {
    "announced": message("将换上"),
    "current": message("现在的"),
    "leaving": message("正在换下"),
    "retired": message("已换下"),
}


@key.register("show")
def show(url: Url = "", as_json: AsJson = False) -> None:
    """库用过的密钥：编号、指纹、状态；密钥本身不在库里。"""
    from yibao.database.keyring import stored_keys

    with opened(url) as database, database.unit() as unit:
        rows = stored_keys(unit.connection)
    if as_json:
        names = ("number", "fingerprint", "status")
        print_json([{name: getattr(row, name) for name in names} for row in rows])
    else:
        lines = [(str(row.number), row.fingerprint, worded(_STATES[row.status])) for row in rows]
        write(table(lines, "><<"))


@key.register("new")
def new(
    file: Annotated[str, Argument(metavar=message("文件"), help=message("新文件，只有自己能读。"))],
) -> None:
    """生成一把新密钥，写进一个新文件，权限 600。"""
    from yibao.database.secrets import make_key_file

    path = Path(file)
    if not make_key_file(path):
        raise InputError(message("文件 {path} 已经在了，不覆盖", path=path), place="文件")
    write([say("已生成 {path}；请另存一份，密钥丢了，库里加密的就打不开", path=path)])


@key.register("rotate")
def rotate_command(
    to: Annotated[
        str,
        Option("--to", metavar=message("文件"), help=message("新密钥的文件，见 yibao key new。")),
    ],
    url: Url = "",
) -> None:
    """换密钥：用新密钥重新加密全部的行，服务不必停；断了再运行一次，从断处接着。

    换的时候新旧两把都打得开。嵌入式的密钥文件由本命令换；服务请在换完以前把配置改成新的。
    换下的那一把请与当时的备份一起留着。

    例子：
      yibao key new new.key
      yibao key rotate --to new.key
    """
    from yibao.database.alone import alone_with
    from yibao.database.rotation import rotate
    from yibao.database.secrets import StoreKey, key_of_file
    from yibao.insured.people.rekeying import rehash_people

    new_key = StoreKey(key_of_file(Path(to)))

    def told(name: str, rows: int) -> None:
        if rows:
            write([say("{name}：{rows} 行", name=name, rows=rows)])

    with opened(url) as database, alone_with(database.engine):
        rotate(database, new_key, rehash_people, told, lambda: _swap_file(database, new_key.raw))
    write(
        [
            say("已换成指纹 {fingerprint} 的密钥", fingerprint=new_key.fingerprint),
            say("请确认服务的配置里是新密钥；旧密钥与从前的备份一起留着"),
        ]
    )


def _swap_file(database: Database, raw: bytes) -> None:
    """Put the new key where an embedded store finds its own; the old one stays beside it."""
    from yibao.database.secrets import key_file, replace_key_file

    path = key_file(database.engine.url)
    if path is not None and path.exists():
        replace_key_file(path, raw)
