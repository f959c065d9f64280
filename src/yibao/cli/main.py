"""``yibao``: the commands, and one Chinese line for whatever goes wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, NoReturn

import typer
import typer.main

from yibao import __version__
from yibao.cli.app import App, LazyGroup
from yibao.errors import YibaoError

PROGRAM = "yibao"

EXIT_CODES = """退出码：0 完成；1 出错；2 用法或输入有误；3 找不到；4 规则拒绝；5 冲突。
数据写到标准输出，提示写到标准错误；--json 输出 JSON；NO_COLOR 关闭颜色。
环境变量 YIBAO_AREA、YIBAO_SCHEME、YIBAO_STATUS 代替没有写的选项。
仅供参考，以当地医保部门为准；咨询 12393。"""


class _Commands(LazyGroup):
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
        "policy": ("yibao.cli.policy", "app"),
        "db": ("yibao.cli.store", "db"),
        "ledger": ("yibao.cli.books", "ledger"),
        "audit": ("yibao.cli.books", "audit"),
        "settle": ("yibao.cli.settle", "settle"),
        "replay": ("yibao.cli.replay", "replay"),
        "rebuild": ("yibao.cli.replay", "rebuild"),
        "impact": ("yibao.cli.replay", "impact"),
    }


app = App(
    cls=_Commands,
    add_completion=True,
    no_args_is_help=True,
    help="看病报多少、缴多少、何时生效：按有来源的政策包算到分，每一步都写明依据。",
    epilog=EXIT_CODES,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="显示版本号。"),
    ] = False,
) -> None:
    del version  # the callback has answered


def _usage_message(error: Any) -> str:
    """What typer finds wrong with the words of a command, in Chinese."""
    kind = type(error).__name__
    hint = "；用法见 --help"
    if kind == "NoSuchOption":
        near = "、".join(sorted(error.possibilities or ()))
        return f"没有选项 {error.option_name}" + (f"，是否想写 {near}" if near else "") + hint
    if kind == "MissingParameter":
        parameter = error.param
        what = "参数" if parameter.param_type_name == "argument" else "选项"
        name = parameter.metavar if what == "参数" else parameter.opts[0]
        environment = f"（或环境变量 {parameter.envvar}）" if parameter.envvar else ""
        return f"缺少{what} {name or parameter.name}{environment}{hint}"
    if kind == "BadParameter" and error.param is not None:
        return f"{error.param.opts[0]} 的值不对：{error.message}{hint}"
    if kind == "BadOptionUsage":
        return f"选项 {error.option_name} 后面要写值{hint}"
    message = str(error.format_message())
    if message.startswith("No such command"):
        return f"没有命令 {message.split(chr(39))[1]}；全部命令见 {PROGRAM} --help"
    if message.startswith("Got unexpected extra argument"):
        return f"多余的参数 {message.rpartition('(')[2].rstrip(').')}{hint}"
    if message.startswith("Missing command"):
        return f"缺少命令；全部命令见 {PROGRAM} --help"
    return f"{message}{hint}"


def complain(message: str) -> None:
    """One line on stderr."""
    typer.echo(f"错误：{' '.join(message.split())}", err=True)


# typer exports no base of its usage errors; this is the class above BadParameter.
_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]


def _quiet_pipe() -> None:
    """Let the interpreter's last flush of a closed pipe go nowhere."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError, AttributeError):
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code.  Nothing is raised unless YIBAO_DEBUG=1."""
    try:
        command = typer.main.get_command(app)
        code = command.main(
            args=None if arguments is None else list(arguments),
            prog_name=PROGRAM,
            standalone_mode=False,
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        _quiet_pipe()
        return 1
    except YibaoError as error:
        complain(str(error))
        return error.exit_code
    except _USAGE_ERROR as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message(), err=True)
        else:
            complain(_usage_message(error))
        return 2
    except typer.Abort:
        complain("已中断")
        return 1
    except Exception as error:
        if os.environ.get("YIBAO_DEBUG") == "1":
            raise
        what = f"{type(error).__name__}: {error}"
        complain(f"程序内部出错（{what}），请报告；设 YIBAO_DEBUG=1 再运行可看详情")
        return 1


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script."""
    sys.exit(main(arguments))
