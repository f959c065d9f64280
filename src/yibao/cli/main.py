"""``yibao``: the commands, and one line for whatever goes wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar, NoReturn

import click
from click.shell_completion import get_completion_class

from yibao import __version__
from yibao.cli.app import PACKS, LazyApp, UnknownCommandError, packs_option
from yibao.cli.declared import BadValueError, DeclaredArgument, UsageFaultError, argument_name
from yibao.cli.language import say, worded
from yibao.cli.streams import give_up_output, is_text, prepare, speak_utf8
from yibao.errors import YibaoError
from yibao.messages import Listed, Message, Text, message

PROGRAM = "yibao"
SHELLS = ("bash", "zsh", "fish")

EXIT_CODES = message("""退出码：0 完成；1 出错；2 用法或输入有误；3 找不到；4 规则拒绝；5 冲突。
数据写到标准输出，提示写到标准错误；--json 输出 JSON；NO_COLOR 关闭颜色。
环境变量 YIBAO_AREA、YIBAO_SCHEME、YIBAO_STATUS 代替没有写的选项；
YIBAO_PACKS 代替 --packs（几个文件夹照 PATH 的写法隔开）；
YIBAO_LANGUAGE=en 让命令说英文（English），帮助和输出都是。
仅供参考，以当地医保部门为准；咨询 12393。""")


class _Commands(LazyApp):
    own_options = (
        ("--version", message("显示版本号。")),
        PACKS,
        (f"--completion {'|'.join(SHELLS)}", message("显示补全脚本，写进 shell 的启动文件。")),
    )
    commands_at: ClassVar[dict[str, tuple[str, str]]] = {
        "quote": ("yibao.cli.quote", "quote"),
        "compare": ("yibao.cli.quote", "compare"),
        "maternity": ("yibao.cli.maternity", "maternity"),
        "contribute": ("yibao.cli.contribute", "contribute"),
        "cover": ("yibao.cli.cover", "cover"),
        "aid": ("yibao.cli.aid", "aid"),
        "retire": ("yibao.cli.retire", "retire"),
        "ask": ("yibao.cli.ask", "ask"),
        "run": ("yibao.cli.run", "run"),
        "batch": ("yibao.cli.batch", "batch"),
        "explain": ("yibao.cli.batch", "explain"),
        "export": ("yibao.cli.export", "export"),
        "serve": ("yibao.cli.serve", "serve"),
        "mcp": ("yibao.cli.mcp", "mcp"),
        "sandbox": ("yibao.cli.sandbox", "sandbox"),
        "reports": ("yibao.cli.reports", "app"),
        "guide": ("yibao.cli.guide", "guide"),
        "directory": ("yibao.cli.guide", "directory"),
        "catalogue": ("yibao.cli.catalogue", "catalogue"),
        "policy": ("yibao.cli.policy", "app"),
        "db": ("yibao.cli.store", "db"),
        "key": ("yibao.cli.key", "key"),
        "ledger": ("yibao.cli.books", "ledger"),
        "audit": ("yibao.cli.books", "audit"),
        "settle": ("yibao.cli.settle", "settle"),
        "replay": ("yibao.cli.replay", "replay"),
        "rebuild": ("yibao.cli.replay", "rebuild"),
        "impact": ("yibao.cli.replay", "impact"),
        "readjudicate": ("yibao.cli.readjudicate", "readjudicate"),
        "user": ("yibao.cli.users", "user"),
    }


def _show_version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    del parameter
    if wanted and not ctx.resilient_parsing:
        click.echo(f"{PROGRAM} {__version__}")
        ctx.exit()


def _show_completion(ctx: click.Context, parameter: click.Parameter, shell: str | None) -> None:
    del parameter
    completion = get_completion_class(shell) if shell else None
    if completion is not None and not ctx.resilient_parsing:
        click.echo(completion(app, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE").source())
        ctx.exit()


app = _Commands(
    PROGRAM,
    params=[
        packs_option(),
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version
        ),
        click.Option(
            ["--completion"],
            type=click.Choice(SHELLS),
            is_eager=True,
            expose_value=False,
            callback=_show_completion,
        ),
    ],
    about=message("看病报多少、缴多少、何时生效：按有来源的政策包算到分，每一步都写明依据。"),
    closing=EXIT_CODES,
)


def _usage_message(error: click.UsageError) -> Text:
    """What is wrong with the words of a command."""
    if isinstance(error, UnknownCommandError):
        return error.what
    return message("{what}；用法见 --help", what=_wrong(error))


def _wrong(error: click.UsageError) -> Text:
    if isinstance(error, click.NoSuchOption):
        near = Listed(sorted(error.possibilities or ()))
        if near:
            return message("没有选项 {name}，是否想写 {near}", name=error.option_name, near=near)
        return message("没有选项 {name}", name=error.option_name)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return _missing(error.param)
    if isinstance(error, click.BadParameter) and error.param is not None:
        what = _wrong_value(error, error.param)
        return message("{name} 的值不对：{what}", name=error.param.opts[0], what=what)
    return error.what if isinstance(error, UsageFaultError) else error.message


def _wrong_value(error: click.BadParameter, parameter: click.Parameter) -> Text:
    if isinstance(error, BadValueError):
        return error.what
    if isinstance(parameter.type, click.Choice):
        return message("可以写：{known}", known=Listed(map(str, parameter.type.choices)))
    return error.message


def _missing(parameter: click.Parameter) -> Text:
    if isinstance(parameter, DeclaredArgument):
        return message("缺少参数 {name}", name=argument_name(parameter.declared))
    name = parameter.opts[0]
    if parameter.envvar:
        return message(
            "缺少选项 {name}（或环境变量 {variable}）", name=name, variable=parameter.envvar
        )
    return message("缺少选项 {name}", name=name)


def complain(what: Text) -> None:
    """One line on stderr; where that cannot be written either, the exit code tells."""
    said = " ".join(worded(what).split())
    with suppress(OSError):
        click.echo(say("错误：{said}", said=said), err=True)


def _outcome(arguments: Sequence[str] | None) -> int:
    """The exit code of a command; whatever goes wrong is one line."""
    try:
        code = app.main(
            args=None if arguments is None else list(arguments),
            prog_name=PROGRAM,
            standalone_mode=False,
        )
        return code if isinstance(code, int) else 0
    except YibaoError as error:
        complain(error)
        return error.exit_code
    except click.UsageError as error:
        complain(_usage_message(error))
        return 2
    except click.Abort:
        complain(message("已中断"))
        return 1
    except Exception as error:
        if os.environ.get("YIBAO_DEBUG") == "1" or isinstance(error, BrokenPipeError):
            raise
        if isinstance(error, UnicodeEncodeError) and not is_text(error.object):
            complain(message("{name} 不是 UTF-8，请换一个名字", name=_readable(error.object)))
            return 2
        if isinstance(error, OSError) and error.strerror:
            complain(_of_the_system(error))
            return 1
        what = f"{type(error).__name__}: {error}"
        complain(
            message("程序内部出错（{what}），请报告；设 YIBAO_DEBUG=1 再运行可看详情", what=what)
        )
        return 1


def _readable(text: str) -> str:
    """A text whose bytes that are no UTF-8 are spelled out."""
    return os.fsencode(text).decode(errors="backslashreplace")


def _of_the_system(error: OSError) -> Message:
    """What the system said of a file, or of the output."""
    if isinstance(error.filename, str):
        return message(
            "{file}：系统说 {reason}", file=_readable(error.filename), reason=error.strerror
        )
    return message("写不成：系统说 {reason}", reason=error.strerror)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code.  Nothing is raised unless YIBAO_DEBUG=1."""
    try:
        code = _outcome(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        give_up_output()
        return 1
    except OSError as error:
        give_up_output()
        complain(_of_the_system(error))
        return 1


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script."""
    if arguments is None:
        speak_utf8()
        prepare()
    sys.exit(main(arguments))
