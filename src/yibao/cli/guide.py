"""``yibao guide`` and ``yibao directory``: service steps and institutions, as text or JSON."""

from __future__ import annotations

import json
from typing import Annotated, Any

import click

from yibao.cli.declared import Argument, Option
from yibao.cli.text import bold, columns, dim, pad_left, wrap, write
from yibao.errors import NotFoundError
from yibao.guide.catalogue import Catalogue, Guide, ListedInstitution, Warn
from yibao.guide.reading import load
from yibao.guide.search import find, understand
from yibao.messages import Listed, message

_FIELD_NAMES = {
    "level": "等级",
    "department": "科室",
    "address": "地址",
    "phone": "电话",
    "founded": "始建",
    "departments_count": "科室数",
    "doctors_count": "医生数",
    "mention": "说明",
}
_WARNING_NAMES = {
    "other_area": "别处的入口",
    "dispute": "说法不一",
    "gap": "来源没写",
    "caution": "注意",
}
_LABEL_WIDTH = 8


def _rows(rows: list[tuple[str, str]]) -> list[str]:
    """Label and text in two columns."""
    width = columns() - _LABEL_WIDTH - 1
    lines = []
    for label, text in rows:
        first, *more = wrap(text, width)
        lines.append(f"{pad_left(label, _LABEL_WIDTH)} {first}")
        lines += [f"{' ' * _LABEL_WIDTH} {line}" for line in more]
    return lines


def _warning(warn: Warn) -> str:
    name = _WARNING_NAMES[warn.kind]
    about = f"{name} {warn.dispute}" if warn.dispute else name
    return f"【{about}】{warn.text}（{'、'.join(warn.sources)}）"


def _guide_lines(catalogue: Catalogue, guide: Guide, area: str) -> list[str]:
    names = catalogue.audiences
    rows = [
        ("渠道", f"{catalogue.channels[guide.channel].name.zh}：{guide.entry}"),
        ("适用", catalogue.areas[guide.area].name.zh),
        ("给谁", "、".join(names[key] for key in guide.audience)),
    ]
    if guide.url:
        rows.append(("网址", guide.url))
    rows += [(f"{number}.", step) for number, step in enumerate(guide.steps, 1)]
    rows.append(("准备", "、".join(guide.prepare)))
    if guide.check:
        rows.append(("核对", "、".join(guide.check)))
    rows.append(("得到", guide.result))
    rows += [("提醒", _warning(warn)) for warn in catalogue.warnings(guide, area)]
    rows.append(("来源", "、".join(guide.sources)))
    rows.append(("日期", f"最早看到 {guide.first_seen}，最近核对 {guide.last_checked}"))
    return [bold(guide.title.zh), *_rows(rows), ""]


def _notice_lines(catalogue: Catalogue) -> list[str]:
    notice = catalogue.notice
    faint = (notice.hotline_note.strip(), f"{notice.checked}。")
    return [
        *wrap(f"{notice.reference}。医保服务热线 {notice.hotline}。", columns()),
        *(dim(line) for text in faint for line in wrap(text, columns())),
    ]


def _notice_data(catalogue: Catalogue) -> dict[str, Any]:
    notice = catalogue.notice
    return {
        "reference": notice.reference,
        "hotline": notice.hotline,
        "hotline_note": notice.hotline_note.strip(),
        "checked": notice.checked,
        "sources": notice.sources,
        "disputes": notice.disputes,
    }


def _guide_data(catalogue: Catalogue, guide: Guide, area: str) -> dict[str, Any]:
    return {
        "id": guide.id,
        "task": guide.task,
        "channel": guide.channel,
        "area": guide.area,
        "entry": guide.entry,
        "url": guide.url,
        "title": {"zh": guide.title.zh, "en": guide.title.en},
        "audience": guide.audience,
        "steps": guide.steps,
        "prepare": guide.prepare,
        "check": guide.check,
        "result": guide.result,
        "warnings": [
            {
                "kind": warn.kind,
                "text": warn.text,
                "area": warn.area,
                "names": warn.names,
                "dispute": warn.dispute,
                "sources": warn.sources,
            }
            for warn in catalogue.warnings(guide, area)
        ],
        "sources": guide.sources,
        "first_seen": guide.first_seen.isoformat(),
        "last_checked": guide.last_checked.isoformat(),
    }


def _institution_data(catalogue: Catalogue, institution: ListedInstitution) -> dict[str, Any]:
    return {
        "name": institution.name,
        "area": institution.area,
        "area_name": catalogue.areas[institution.area].name.zh,
        "kind": institution.kind,
        "levels": institution.values("level"),
        "level_conflict": institution.level_conflict,
        "dispute": institution.dispute,
        "facts": [
            {
                "field": fact.field,
                "value": fact.value,
                "said": fact.said,
                "article": fact.article,
                "line": fact.line,
                "seen": fact.seen.isoformat(),
            }
            for fact in institution.facts
        ],
    }


def _print_json(data: dict[str, Any]) -> None:
    click.echo(json.dumps(data, ensure_ascii=False))


def _tasks_of(catalogue: Catalogue, text: str) -> str | None:
    """The task with this id or name, if the text is one."""
    return next(
        (topic.id for topic in catalogue.tasks.values() if text in (topic.id, topic.name.zh)), None
    )


def _nothing(catalogue: Catalogue, area: str, task: str | None) -> NotFoundError:
    channels = dict.fromkeys(guide.channel for guide in catalogue.guides(area, task))
    known = Listed(
        message("{name} {key}", name=catalogue.channels[key].name, key=key) for key in channels
    )
    place = catalogue.areas[area].name
    return NotFoundError(
        message(
            "{place}没有这样的指南；这里有的渠道：{known}",
            place=place,
            known=known or message("（没有）"),
        )
    )


def guide(
    question: Annotated[
        str | None,
        Argument(metavar="问题", help="问题或事项，如“医保网上缴费怎么操作”、pay_resident。"),
    ] = None,
    area: Annotated[str | None, Option(help="参保地：地区代码或名称。不写则从问题里认。")] = None,
    channel: Annotated[str | None, Option(help="只看一个渠道。")] = None,
    as_json: Annotated[bool, Option("--json", help="输出一个 JSON 对象。")] = False,
) -> None:
    """办事指南：一步一步怎么办，带来源和核对日期。"""
    catalogue = load()
    task = None if question is None else _tasks_of(catalogue, question)
    place = None if area is None else catalogue.area(area).code
    if question is None or task is not None:
        guides = catalogue.guides(place or catalogue.root.code, task, channel)
    else:
        place = understand(catalogue, question, area=area).area
        channel = None if channel is None else catalogue.topic("channel", channel).id
        guides = find(catalogue, question, area=area, channel=channel)
    shown = place or catalogue.root.code
    if not guides:
        raise _nothing(catalogue, shown, task)
    if as_json:
        _print_json(
            {
                "question": question,
                "area": shown,
                "guides": [_guide_data(catalogue, each, shown) for each in guides],
                "notice": _notice_data(catalogue),
            }
        )
        return
    lines = []
    if question is None:
        lines += _overview_lines(catalogue, guides)
    else:
        for chosen in guides:
            lines += _guide_lines(catalogue, chosen, shown)
    if place is None:
        served = {each.area for each in catalogue.all_guides} - {catalogue.root.code}
        names = "、".join(f"{catalogue.areas[code].name.zh} {code}" for code in sorted(served))
        told = f"没有写明参保地，只列各地通用的办法。用 --area 指定：{names}。"
        lines += wrap(told, columns())
    write([*lines, *_notice_lines(catalogue)])


def _overview_lines(catalogue: Catalogue, guides: tuple[Guide, ...]) -> list[str]:
    """One line for each task: what can be asked."""
    lines = []
    for topic in catalogue.tasks.values():
        channels = dict.fromkeys(each.channel for each in guides if each.task == topic.id)
        if channels:
            names = "、".join(catalogue.channels[key].name.zh for key in channels)
            lines += [bold(f"{topic.name.zh}（{topic.id}）"), *_rows([("渠道", names)])]
    return [*lines, ""]


def directory(
    area: Annotated[str | None, Option(help="地区代码或名称，含其下各地。")] = None,
    level: Annotated[str | None, Option(help="等级，如 3A、三甲、三级。")] = None,
    department: Annotated[str | None, Option(help="科室名称或其中几个字。")] = None,
    as_json: Annotated[bool, Option("--json", help="输出一个 JSON 对象。")] = False,
) -> None:
    """机构名录：来源提到的医院，每条带来源与日期，不排名次。"""
    catalogue = load()
    institutions = catalogue.institutions(area, level, department)
    if not institutions:
        places = Listed(
            catalogue.areas[code].name
            for code in sorted({institution.area for institution in catalogue.all_institutions})
        )
        raise NotFoundError(
            message("名录里没有这样的机构；名录只收来源提到的医院，地区有：{places}", places=places)
        )
    if as_json:
        _print_json(
            {
                "institutions": [
                    _institution_data(catalogue, institution) for institution in institutions
                ],
                "notice": _notice_data(catalogue),
            }
        )
        return
    lines = []
    for institution in institutions:
        rows = [("地区", f"{catalogue.areas[institution.area].name.zh}，{institution.kind}")]
        if institution.level_conflict:
            said = "、".join(institution.values("level"))
            about = f"，争议 {institution.dispute} 未决" if institution.dispute else ""
            rows.append(("等级不一", f"来源的说法有 {said}{about}；以卫生健康部门公布的为准"))
        rows += [
            (
                _FIELD_NAMES[fact.field],
                f"{fact.value}{f'，{fact.said}' if fact.said else ''}"
                f"（{fact.article} 第 {fact.line} 行，{fact.seen} 看到）",
            )
            for fact in institution.facts
        ]
        lines += [bold(institution.name), *_rows(rows), ""]
    lines += wrap("按地区和名称排列，不是排名，也不是推荐。", columns())
    write([*lines, *_notice_lines(catalogue)])
