"""``yibao guide`` and ``yibao directory``: service steps and institutions, as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import click

from yibao.cli.declared import Argument, Option
from yibao.cli.language import say, worded
from yibao.cli.text import bold, cells, columns, dim, pad_left, wrap, write
from yibao.errors import NotFoundError
from yibao.guide.catalogue import Catalogue, Guide, InstitutionFact, ListedInstitution, Warn
from yibao.guide.reading import load
from yibao.guide.search import find, understand
from yibao.messages import Listed, Message, Phrases, Text, message, message_in

_FIELD_NAMES = {
    "level": message("等级"),
    "department": message("科室"),
    "district": message("区县"),
    "address": message_in("of an institution", "地址"),
    "designated": message("医保定点"),
    "phone": message("电话"),
    "founded": message("始建"),
    "departments_count": message("科室数"),
    "doctors_count": message("医生数"),
    "mention": message("说明"),
}
_WARNING_NAMES = {
    "other_area": message("别处的入口"),
    "dispute": message("说法不一"),
    "gap": message("来源没写"),
    "caution": message("注意"),
}
_LABEL_WIDTH = 8


def _rows(rows: Sequence[tuple[Text, Text]]) -> list[str]:
    """Label and text in two columns."""
    labels = [worded(label) for label, _ in rows]
    label_width = max(_LABEL_WIDTH, *map(cells, labels))
    width = columns() - label_width - 1
    lines = []
    for label, (_, text) in zip(labels, rows, strict=True):
        first, *more = wrap(worded(text), width)
        lines.append(f"{pad_left(label, label_width)} {first}")
        lines += [f"{' ' * label_width} {line}" for line in more]
    return lines


def _warning(warn: Warn) -> Message:
    about: Text = _WARNING_NAMES[warn.kind]
    if warn.dispute:
        about = message("{about} {dispute}", about=about, dispute=warn.dispute)
    return message(
        "【{about}】{text}（{sources}）", about=about, text=warn.text, sources=Listed(warn.sources)
    )


def _guide_lines(catalogue: Catalogue, guide: Guide, area: str) -> list[str]:
    names = catalogue.audiences
    channel = catalogue.channels[guide.channel].name
    rows: list[tuple[Text, Text]] = [
        (message("渠道"), message("{name}：{text}", name=channel, text=guide.entry)),
        (message("适用"), catalogue.areas[guide.area].name),
        (message("给谁"), Listed(names[key] for key in guide.audience)),
    ]
    if guide.url:
        rows.append((message("网址"), guide.url))
    rows += [(f"{number}.", step) for number, step in enumerate(guide.steps, 1)]
    rows.append((message("准备"), Listed(guide.prepare)))
    if guide.check:
        rows.append((message("核对"), Listed(guide.check)))
    rows.append((message("得到"), guide.result))
    rows += [(message("提醒"), _warning(warn)) for warn in catalogue.warnings(guide, area)]
    rows.append((message("来源"), Listed(guide.sources)))
    seen = message(
        "最早看到 {first}，最近核对 {last}", first=guide.first_seen, last=guide.last_checked
    )
    rows.append((message("日期"), seen))
    return [bold(worded(guide.title)), *_rows(rows), ""]


def _notice_lines(catalogue: Catalogue) -> list[str]:
    notice = catalogue.notice
    faint = (notice.hotline_note.strip(), say("{about}。", about=notice.checked))
    reference = say(
        "{reference}。医保服务热线 {hotline}。",
        reference=notice.reference,
        hotline=notice.hotline,
    )
    return [
        *wrap(reference, columns()),
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
        "area_name": worded(catalogue.areas[institution.area].name),
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
        Argument(
            metavar=message("问题"),
            help=message("问题或事项，如“医保网上缴费怎么操作”、pay_resident。"),
        ),
    ] = None,
    area: Annotated[
        str | None, Option(help=message("参保地：地区代码或名称。不写则从问题里认。"))
    ] = None,
    channel: Annotated[str | None, Option(help=message("只看一个渠道。"))] = None,
    as_json: Annotated[bool, Option("--json", help=message("输出一个 JSON 对象。"))] = False,
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
                "guides": [_guide_data(catalogue, guide, shown) for guide in guides],
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
        served = {guide.area for guide in catalogue.all_guides} - {catalogue.root.code}
        names = Listed(
            message("{name} {key}", name=catalogue.areas[code].name, key=code)
            for code in sorted(served)
        )
        told = say("没有写明参保地，只列各地通用的办法。用 --area 指定：{names}。", names=names)
        lines += wrap(told, columns())
    write([*lines, *_notice_lines(catalogue)])


def _overview_lines(catalogue: Catalogue, guides: tuple[Guide, ...]) -> list[str]:
    """One line for each task: what can be asked."""
    lines = []
    for topic in catalogue.tasks.values():
        channels = dict.fromkeys(guide.channel for guide in guides if guide.task == topic.id)
        if channels:
            names = Listed(catalogue.channels[key].name for key in channels)
            head = say("{name}（{code}）", name=topic.name, code=topic.id)
            lines += [bold(head), *_rows([(message("渠道"), names)])]
    return [*lines, ""]


def _conflict(institution: ListedInstitution) -> Message:
    """What sources say of a grade on which they disagree."""
    parts: list[Text] = [
        message("来源的说法有 {levels}", levels=Listed(institution.values("level")))
    ]
    if institution.dispute:
        parts.append(message("争议 {dispute} 未决", dispute=institution.dispute))
    return message("{says}；以卫生健康部门公布的为准", says=Phrases(parts))


def _fact(fact: InstitutionFact) -> Message:
    """What a source says of an institution, where and when it was seen."""
    if not fact.line:
        return message(
            "{value}（{article}，{day} 看到）",
            value=Phrases((fact.value, fact.said)) if fact.said else fact.value,
            article=fact.article,
            day=fact.seen,
        )
    return message(
        "{value}（{article} 第 {line} 行，{day} 看到）",
        value=Phrases((fact.value, fact.said)) if fact.said else fact.value,
        article=fact.article,
        line=fact.line,
        day=fact.seen,
    )


def directory(
    area: Annotated[str | None, Option(help=message("地区代码或名称，含其下各地。"))] = None,
    level: Annotated[str | None, Option(help=message("等级，如 3A、三甲、三级。"))] = None,
    department: Annotated[str | None, Option(help=message("科室名称或其中几个字。"))] = None,
    as_json: Annotated[bool, Option("--json", help=message("输出一个 JSON 对象。"))] = False,
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
        place = catalogue.areas[institution.area].name
        rows: list[tuple[Text, Text]] = [(message("地区"), Phrases((place, institution.kind)))]
        if institution.level_conflict:
            rows.append((message("等级不一"), _conflict(institution)))
        rows += [(_FIELD_NAMES[fact.field], _fact(fact)) for fact in institution.facts]
        lines += [bold(institution.name), *_rows(rows), ""]
    lines += wrap(say("按地区和名称排列，不是排名，也不是推荐。"), columns())
    write([*lines, *_notice_lines(catalogue)])
