"""``yibao``: the commands, and one line for whatever goes wrong."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar, NoReturn

import click
from click.shell_completion import get_completion_class

from yibao import __version__
from yibao.cli.app import PACKS, LazyApp, Listing, UnknownCommandError, packs_option
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
    listings: ClassVar[dict[str, Listing]] = {
        "quote": Listing(
            "yibao.cli.quote",
            "quote",
            message("一次就诊：基金付多少，个人付多少，为什么。"),
        ),
        "compare": Listing(
            "yibao.cli.quote",
            "compare",
            message("同一个人、同一笔费用，在两个地区各报多少。"),
        ),
        "maternity": Listing(
            "yibao.cli.maternity",
            "maternity",
            message("生育：产前检查、分娩、流产的医疗费用，和生育津贴。"),
        ),
        "contribute": Listing(
            "yibao.cli.contribute",
            "contribute",
            message("个人缴费要多少：居民按年度，职工和灵活就业按月。"),
        ),
        "cover": Listing(
            "yibao.cli.cover",
            "cover",
            message("待遇何时开始：等待期、首日；居民另答大病保险封顶线与激励。"),
        ),
        "aid": Listing(
            "yibao.cli.aid",
            "aid",
            message("家庭共济：这位亲属今天最多能用多少，为什么。"),
        ),
        "retire": Listing(
            "yibao.cli.retire",
            "retire",
            message("退休享受职工医保要缴满多少年，还差多少，补足要多少。"),
        ),
        "ask": Listing(
            "yibao.cli.ask",
            "ask",
            message(
                "回答一个问题：一句话、数字、依据和还缺什么；给计算页的地址就在本机重算一遍。不连网。"
            ),
        ),
        "run": Listing(
            "yibao.cli.run",
            "run",
            message("运行一个情景：谁参保、缴了什么、看了什么病，按文件的顺序逐步作答。"),
        ),
        "batch": Listing(
            "yibao.cli.batch",
            "batch",
            message(
                "结算一个就诊文件：每行一次就诊，任意地区、险种、日期混排。有行被拒绝时退出码为 1。"
            ),
        ),
        "explain": Listing(
            "yibao.cli.explain",
            "explain",
            message("一行结果的步骤与来源：用当时的累计和规则书重算一遍，并与文件核对。"),
        ),
        "population": Listing(
            "yibao.cli.population",
            "population",
            message("合成人群：按公布的总数生成不存在的人和他们一年的就诊。"),
        ),
        "reform": Listing(
            "yibao.cli.reform",
            "reform",
            message("改一条规则，同样的人、同样的就诊各算一遍：基金多付少付多少，谁多付谁少付。"),
        ),
        "columns": Listing(
            "yibao.cli.columns",
            "columns",
            message("按列计算：预先编译。"),
        ),
        "export": Listing(
            "yibao.cli.export",
            "export",
            message("把数据库里的全部结算写成就诊文件，可以交给 yibao batch：重算与结算一分不差。"),
        ),
        "serve": Listing(
            "yibao.cli.serve",
            "serve",
            message("启动网页与数据接口：计算、政策库、指南、名录；旁边是沙箱网关和报文检视。"),
        ),
        "mcp": Listing(
            "yibao.cli.mcp",
            "mcp",
            message("把计算与政策库作为工具交给智能助手（MCP，标准输入输出）。"),
        ),
        "sandbox": Listing(
            "yibao.cli.sandbox",
            "sandbox",
            message("接口沙箱：测试人员、机构、目录、时钟、下一条报文的故障。"),
        ),
        "reports": Listing(
            "yibao.cli.reports",
            "app",
            message("报错：列出、查看、办结，或记成争议。"),
        ),
        "guide": Listing(
            "yibao.cli.guide",
            "guide",
            message("办事指南：一步一步怎么办，带来源和核对日期。"),
        ),
        "directory": Listing(
            "yibao.cli.guide",
            "directory",
            message("机构名录：来源提到的医院，每条带来源与日期，不排名次。"),
        ),
        "catalogue": Listing(
            "yibao.cli.catalogue",
            "catalogue",
            message("国家医保药品目录：甲类还是乙类、剂型、有没有限制。"),
        ),
        "policy": Listing(
            "yibao.cli.policy",
            "app",
            message("政策包：参数、来源、争议、缺口与检查。"),
        ),
        "db": Listing(
            "yibao.cli.store",
            "db",
            message("数据库：建表、升级、检查、备份、恢复、演示数据。"),
        ),
        "key": Listing(
            "yibao.cli.key",
            "key",
            message("库的密钥：看指纹、生成、轮换。"),
        ),
        "ledger": Listing(
            "yibao.cli.books",
            "ledger",
            message("账：余额、明细、快照、导出。"),
        ),
        "audit": Listing(
            "yibao.cli.books",
            "audit",
            message("审计链：检查与封存。"),
        ),
        "settle": Listing(
            "yibao.cli.settle",
            "settle",
            message(
                "把一个文件的就诊逐笔结算入库，PostgreSQL 上成批用 COPY 写入；"
                "与逐笔结算同分、同样的行。"
            ),
        ),
        "replay": Listing(
            "yibao.cli.replay",
            "replay",
            message("按留存的输入和规则书把每笔结算重算一遍，逐分比对；不读政策包。"),
        ),
        "rebuild": Listing(
            "yibao.cli.replay",
            "rebuild",
            message("由结算重建累计、由分录重建个人账户余额，与存的比对；不写入。"),
        ),
        "impact": Listing(
            "yibao.cli.replay",
            "impact",
            message("换一套政策包或叠加包，哪些已有结算会变；只列出，批准后才成对冲正和更正。"),
        ),
        "readjudicate": Listing(
            "yibao.cli.readjudicate",
            "readjudicate",
            message("等经办看的：退费之后会不同的后来结算，重新结算或不采纳；住院重叠。"),
        ),
        "after-year": Listing(
            "yibao.cli.after_year",
            "after_year",
            message("大病保险年后一次付的地方：某年度应付每人多少；--pay 付清，付过的不再付。"),
        ),
        "payments": Listing(
            "yibao.cli.payments",
            "payments",
            message("拨付：等着付的、批次，银行文件和回盘。"),
        ),
        "clearing": Listing(
            "yibao.cli.clearing",
            "clearing",
            message("清算的算术：月结、留存返还、点数、权重、预付，元进元出，分毫不差。"),
        ),
        "moving": Listing(
            "yibao.cli.moving",
            "moving",
            message("转移接续的信息表文件；死亡以后的结算。"),
        ),
        "conduct": Listing(
            "yibao.cli.conduct",
            "conduct",
            message("基金监管：按规则检查一个月的结算，处罚、加处、奖励、记分的算术。"),
        ),
        "office": Listing(
            "yibao.cli.office",
            "office",
            message("案件：等着办的、一件的经过、办下一步。"),
        ),
        "import": Listing(
            "yibao.cli.importing",
            "import_",
            message("导入原系统的数据：人员、缴费、账户与累计、就诊、机构；先看再写。"),
        ),
        "user": Listing(
            "yibao.cli.users",
            "user",
            message("用户：谁能登录，换密码，停用。"),
        ),
        "agency": Listing(
            "yibao.cli.agencies",
            "agency",
            message("经办机构：谁在哪里办事，管哪个统筹区。"),
        ),
        "jobs": Listing(
            "yibao.cli.jobs",
            "jobs",
            message("定期作业：划入、提醒、检查、快照、封存、备份，一期只做一次。"),
        ),
        "reconcile": Listing(
            "yibao.cli.reconcile",
            "reconcile",
            message(
                "渠道一天的对账文件与账逐笔核对：少的、多的、金额不符、重复、隔日到账都列为差异，钱不动。"
            ),
        ),
        "finance": Listing(
            "yibao.cli.finance",
            "finance",
            message("基金：收支表、欠着没有付的、还没有办完的、划入、审计包。"),
        ),
        "employer": Listing(
            "yibao.cli.employers",
            "employer",
            message("用人单位：登记、按文件申报、出账、到账、核定、滞纳金。"),
        ),
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


YOUNG_OBJECTS = 50_000
"""New objects before Python looks for circles among them: a command reads its rules, answers
and ends, and has none; at Python's own 700 the looking is a tenth of a quote."""


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script."""
    if arguments is not None:
        sys.exit(main(arguments))
    gc.set_threshold(YOUNG_OBJECTS)
    speak_utf8()
    prepare()
    code = main()
    gc.freeze()  # the system takes everything back: nothing is looked through once more
    sys.exit(code)
