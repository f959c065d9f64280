"""What the commands of a sandbox share: its store, the area of who is added, fixed choices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import click

from yibao.cli.declared import Option
from yibao.cli.language import worded
from yibao.cli.options import home_area
from yibao.cli.store import warn_of_password
from yibao.database.place import SANDBOX_VARIABLE
from yibao.errors import InputError
from yibao.messages import Listed, Message, message

if TYPE_CHECKING:
    from yibao.database.unit import Database

Url = Annotated[
    str,
    Option(
        "--url",
        envvar=SANDBOX_VARIABLE,
        metavar=message("地址"),
        help=message("沙箱的库；缺省在数据文件夹。"),
    ),
]


@contextmanager
def opened_sandbox(url: str) -> Iterator[Database]:
    """The sandbox's store, made and filled where it is not there yet; never a real one."""
    from yibao.database.place import data_folder
    from yibao.gateway.sandbox import open_sandbox
    from yibao.policy.compile import PolicyLibrary
    from yibao.scenario.demo import open_house

    def tell(said: Message) -> None:
        click.echo(worded(said), err=True)

    def waiting() -> None:
        tell(message("另一个进程正在准备这个沙箱，等它做完……"))

    warn_of_password("--url", url)
    library = PolicyLibrary.load()
    database = (
        open_sandbox(library, url, waiting) if url else open_house(library, data_folder(), tell)
    )
    try:
        yield database
    finally:
        database.dispose()


def sandbox_area_of(text: str) -> str:
    """The code of an area that was written, else of the sandbox's own."""
    from yibao.gateway.sandbox import sandbox_area
    from yibao.policy.compile import PolicyLibrary

    library = PolicyLibrary.load()
    return home_area(library, text)[0] if text else sandbox_area(library)


def one_of(text: str, choices: tuple[str, ...], option: str) -> str:
    """``text`` where it is one of ``choices``; ``InputError`` at ``option`` for any other."""
    if text not in choices:
        raise InputError(
            message("{text} 应写 {choices} 之一", text=repr(text), choices=Listed(choices)),
            place=option,
        )
    return text
