"""``yibao run``: a scenario file on one of the roads, as JSON lines or as a story."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

from yibao.cli.declared import Argument, Option
from yibao.cli.language import language
from yibao.errors import InputError, RefusedError
from yibao.messages import Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.answers import StepAnswer
from yibao.scenario.model import Scenario
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import ROADS, run_through


def _check_road(road: str, server: str, overlay: list[Path]) -> None:
    if road not in ROADS:
        raise InputError(
            message("没有 {road} 这条路，可以写：{roads}", road=road, roads=Listed(ROADS)),
            place="--through",
        )
    if server and road != "gateway":
        raise InputError(message("只有 --through gateway 才用得上"), place="--server")
    if server and overlay:
        raise InputError(
            message("服务用它自己的政策包，不能再叠加；请去掉其中一个"), place="--with"
        )


def _collect(
    packs: PolicyLibrary, scenario: Scenario, road: str, server: str
) -> tuple[list[StepAnswer], RefusedError | None]:
    """All answers, or those before a refusal; bad input leaves nothing to print."""
    answers: list[StepAnswer] = []
    try:
        for answer in run_through(road, packs, scenario, server):
            answers.append(answer)
    except RefusedError as refusal:
        return answers, refusal
    return answers, None


def run(
    scenario: Annotated[Path, Argument(metavar=message("情景文件"), help=message("YAML 文件。"))],
    through: Annotated[
        str,
        Option(
            "--through",
            metavar=message("路"),
            help=message("engine 内存，database 数据库，gateway 接口，batch 列式。"),
        ),
    ] = "engine",
    server: Annotated[
        str,
        Option(
            "--server",
            metavar=message("地址"),
            help=message("gateway 这条路用正在运行的服务（同一台机器的沙箱库）；缺省自己起一个。"),
        ),
    ] = "",
    overlay: Annotated[
        list[Path],
        Option("--with", metavar=message("叠加包"), help=message("叠加的小政策包，可以写几次。")),
    ] = [],  # noqa: B006 - nobody changes it
    explain: Annotated[bool, Option("--explain", help=message("列出每一步和它的来源。"))] = False,
    as_json: Annotated[bool, Option("--json", help=message("每一步一行 JSON。"))] = False,
) -> None:
    """运行一个情景：谁参保、缴了什么、看了什么病，按文件的顺序逐步作答。

    先检查整个文件，有错时什么也不输出（退出码 2）。规则拒绝的一步结束运行：
    前面的结果照样输出，原因写到标准错误（退出码 4）。

    例子：
      yibao run examples/household.yaml --explain
      yibao run 情景.yaml --json --with 改革.yaml
      yibao run 情景.yaml --through gateway --server http://127.0.0.1:8000
    """
    _check_road(through, server, overlay)
    read = read_scenario(scenario)
    packs = PolicyLibrary.load(overlays=overlay)
    answers, refusal = _collect(packs, read, through, server)
    if as_json:
        for answer in answers:
            text = json.dumps(answer.as_json(language()), ensure_ascii=False, separators=(",", ":"))
            sys.stdout.write(f"{text}\n")
    else:
        from yibao.cli.story import tell
        from yibao.cli.text import write

        write(tell(packs, read, [step_answer.answer for step_answer in answers], explain=explain))
    if refusal is not None:
        sys.stdout.flush()
        raise refusal
