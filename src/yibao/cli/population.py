"""``yibao population``: invented people and their visits, fitted to published marginals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import click

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, say, worded
from yibao.cli.options import home_area, print_json
from yibao.cli.text import headed, write
from yibao.messages import Message, message
from yibao.policy.kinds import Member, Scheme

population = App(about=message("合成人群：按公布的总数生成不存在的人和他们一年的就诊。"))

FIGURES: dict[str, Message] = {
    "age_0_14": message("0 至 14 岁"),
    "age_15_59": message("15 至 59 岁"),
    "age_60_64": message("60 至 64 岁"),
    "age_65_up": message("65 岁以上"),
    "men": message("男"),
    Member.RESIDENT: message("居民医保"),
    Member.WORKING: message("职工医保在职"),
    Member.RETIRED: message("职工医保退休"),
    "outpatient.a_head": message("人均门诊次数"),
    "chronic.a_head": message("人均门诊慢特病次数"),
    "inpatient.a_head": message("人均住院次数"),
    "outpatient.mean_cost": message("次均门诊费用"),
    "chronic.mean_cost": message("次均门诊慢特病费用"),
    "inpatient.mean_cost": message("次均住院费用"),
    "elsewhere": message("在外地就医的份额"),
    "outpatient.primary_care": message("门诊在基层的份额"),
    "chronic.primary_care": message("门诊慢特病在基层的份额"),
    "inpatient.primary_care": message("住院在基层的份额"),
}
_HEADINGS = (
    message("总数"),
    message("险种"),
    message("应为"),
    message("得到"),
    message("差"),
)
_SCHEMES: dict[str, Message] = {
    Scheme.RESIDENT: message("居民"),
    Scheme.EMPLOYEE: message("职工"),
    "all": message("全部"),
}


@population.register()
def make(
    area: Annotated[str, Argument(metavar=message("参保地"), help=message("名称或代码。"))],
    output: Annotated[
        Path,
        Option(
            "--output", "-o", help=message("写到这个空文件夹：人、就诊、单位、参保、缴费、报告。")
        ),
    ],
    people: Annotated[
        int, Option("--people", least=1, most=2_000_000_000, help=message("多少人。"))
    ] = 100_000,
    seed: Annotated[
        int, Option("--seed", least=0, most=2**31, help=message("种子：同样的种子得到同样的字节。"))
    ] = 1,
    year: Annotated[
        int, Option("--year", least=2000, most=2100, help=message("哪一年的就诊。"))
    ] = 2025,
    years: Annotated[
        int, Option("--years", least=1, most=20, help=message("从那一年起几年的就诊和缴费。"))
    ] = 1,
    processes: Annotated[
        int, Option("--processes", least=1, most=256, help=message("进程数；结果不变。"))
    ] = 1,
    as_json: Annotated[bool, Option("--json", help=message("报告以 JSON 输出。"))] = False,
) -> None:
    """生成一个地方的合成人群和一年的就诊，并说出每个总数合到什么程度、缺哪些。

    例子：
      yibao population make 城市 --people 100000 --seed 1 -o 人群
      yibao batch 人群/visits-00000.parquet -o 结果.parquet
    """
    from yibao.columns import require

    require()
    from yibao.policy.compile import PolicyLibrary
    from yibao.population.make import make as make_population

    library = PolicyLibrary.load()
    code, _ = home_area(library, area)
    report = make_population(
        library,
        code,
        output,
        people=people,
        seed=seed,
        year=year,
        years=years,
        processes=processes,
    )
    if as_json:
        print_json(report)
        return
    _tell(report)


def _tell(report: dict[str, Any]) -> None:
    from yibao.population.marginals import NATION

    click.echo(
        say(
            "{people} 个人、{visits} 次就诊，都是生成的，不是任何真实的人；"
            "只用来比较规则，不能当作统计。",
            people=f"{report['people']:,}",
            visits=f"{report['visits']:,}",
        )
    )
    rows = [
        (
            worded(FIGURES[row["figure"]]),
            worded(_SCHEMES[row["scheme"]]),
            _shown(row["wanted"], row["unit"]),
            _shown(row["met"], row["unit"]),
            f"{row['off']:+.1%}",
        )
        for row in report["marginals"]
    ]
    paid = report["contributions"]
    click.echo(
        say(
            "{employers} 个单位；{years} 年里个人缴费 {individual} 元，单位与财政 {beside} 元",
            employers=f"{report['employers']:,}",
            years=report["years"],
            individual=f"{paid['individual_fen'] / 100:,.2f}",
            beside=f"{paid['beside_fen'] / 100:,.2f}",
        )
    )
    for year, refused in paid["why_not"].items():
        for why in refused.values():
            click.echo(say("{year} 年的缴费没有生成：{why}", year=year, why=why))
    headings = tuple(map(worded, _HEADINGS))
    write(headed(say("各总数合到什么程度"), headings, rows, "<<>>>"))
    click.echo(say("用的公布数字："))
    for figure in report["figures"]:
        place = say("全国") if figure["area"] == NATION else figure["area"]
        click.echo(f"  {figure['id']}  {place}  {figure['year']}  {figure['title']}")
    click.echo(say("没有找到来源、按推定的："))
    for gap in report["missing"].values():
        click.echo(f"  {gap['what'][language()]}：{gap['instead'][language()]}")


def _shown(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value:.2%}"
    return f"{value / 100:,.2f}" if unit == "fen" else f"{value:.3f}"
