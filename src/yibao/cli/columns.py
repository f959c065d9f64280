"""``yibao columns``: what concerns the program of the columns itself, not a file."""

from __future__ import annotations

from typing import Annotated

import click

from yibao.cli.app import App
from yibao.cli.declared import Option
from yibao.cli.language import language, say
from yibao.messages import message

columns = App(about=message("按列计算：预先编译。"))


@columns.register()
def warm(
    quiet: Annotated[bool, Option("--quiet", help=message("不显示进度。"))] = False,
) -> None:
    """预先编译按列计算的函数，放进缓存：以后第一个文件不必等。

    例子：
      yibao columns warm
    """
    from yibao.columns import require

    require()
    from yibao.columns.warm import warm as compile_all
    from yibao.policy.compile import PolicyLibrary

    seconds = compile_all(PolicyLibrary.load(), quiet=quiet, language=language())
    click.echo(say("已编译，用了 {seconds} 秒", seconds=f"{seconds:.0f}"))
