"""Charts as files: an SVG that stands alone, in the colours of print, and the numbers as CSV.

The geometry is that of the page (:mod:`yibao.portal.charts`); here every text has its place,
because a file cannot lean on the page's stylesheet.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from html import escape

from yibao.inquiry.answer import Answer, Curve
from yibao.messages import Fen, message, message_in
from yibao.messages.pages import html_language
from yibao.money.text import format_yuan
from yibao.portal import charts
from yibao.portal.display import Speech

CHARTS = ("money", "time", "curve")
"""Where the money goes; the line of time; one input varied."""
WIDTH, _MARGIN, _LINE = 760, 24, 30
_COLOURS = {
    "fund": "#12806a", "own": "#b25a0c", "total": "#5c6b74", "less": "#8a96a0",
    "other": "#5a4fb0", "start": "#12806a", "asked": "#b25a0c", "lapse": "#a81f1f",
}  # fmt: skip
_PLAIN, _AXIS, _INK, _SOFT = "#5c6b74", "#7d8a90", "#1a2428", "#4d5b62"
_FONT = "'Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif"


def chart_names(answer: Answer) -> tuple[str, ...]:
    """The charts that an answer has."""
    there = (bool(answer.bars), bool(answer.events), answer.curve is not None)
    return tuple(name for name, has in zip(CHARTS, there, strict=True) if has)


def chart_svg(answer: Answer, chart: str, t: Speech, foot: str) -> str:
    """One of :func:`chart_names` as a document; ``foot`` says where it comes from."""
    if chart == "money":
        return _money(answer, t, foot)
    if chart == "time":
        return _time(answer, t, foot)
    assert answer.curve is not None
    return _curve(answer, answer.curve, t, foot)


def chart_csv(answer: Answer, chart: str, t: Speech) -> str:
    """The numbers of a chart; amounts in yuan without separators, readable by a spreadsheet."""
    if chart == "money":
        head = [t(message_in("drawings", "项目")), t(message("金额（元）"))]
        rows = [[t(bar.label), _number(bar.amount)] for bar in answer.bars]
    elif chart == "time":
        head = [t(message("日期")), t(message("事情"))]
        rows = [[str(event.day), t(event.label)] for event in answer.events]
    else:
        assert answer.curve is not None
        head, rows = _curve_rows(answer.curve, t)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    return "\ufeff" + out.getvalue()


def _number(fen: int) -> str:
    return format_yuan(fen, grouped=False)


def _curve_rows(curve: Curve, t: Speech) -> tuple[list[str], list[list[str]]]:
    columns = [dict(series.points) for series in curve.series]

    def text(value: int, unit: str) -> str:
        return charts.value_text(value, unit).replace(",", "")

    rows = [
        [
            text(x, curve.x_unit),
            *(text(column[x], curve.y_unit) if x in column else "" for column in columns),
        ]
        for x in sorted({x for column in columns for x in column})
    ]
    return [t(curve.x_label), *(t(series.label) for series in curve.series)], rows


# --- drawing -------------------------------------------------------------------------------------


def _line(x: float, end: float, y: float, colour: str, width: int = 1) -> str:
    placed = f'x1="{x:.1f}" x2="{end:.1f}" y1="{y:.1f}" y2="{y:.1f}"'
    return f'<line {placed} stroke="{colour}" stroke-width="{width}"/>'


def _text(
    x: float, y: float, text: str, anchor: str = "start", size: int = 14, more: str = ""
) -> str:
    placed = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}"'
    return f"<text {placed}{more}>{escape(text)}</text>"


def _fitting(title: str) -> int:
    """The largest size at which a title stays on its line."""
    width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in title)
    return max(9, min(17, (WIDTH - 2 * _MARGIN) * 2 // max(width, 1)))


def _document(title: str, t: Speech, body: Sequence[str], height: int, foot: str) -> str:
    total = height + 2 * _LINE
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" role="img"'
            f' lang="{html_language(t.language)}" font-family="{_FONT}" fill="#1a2428">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{total}" fill="#ffffff"/>',
            _text(_MARGIN, _MARGIN + 10, title, size=_fitting(title), more=' font-weight="bold"'),
            *body,
            _text(_MARGIN, total - 14, foot, size=11, more=f' fill="{_SOFT}"'),
            "</svg>\n",
        )
    )


def _share(percent: str, length: float) -> float:
    """A place in percent on a length; ink, not money."""
    return float(percent.rstrip("%")) * length / 100


def _money(answer: Answer, t: Speech, foot: str) -> str:
    left, room = 210, WIDTH - 210 - 150 - _MARGIN
    body = []
    for at, row in enumerate(charts.bar_rows(answer.bars)):
        y = 2 * _LINE + at * _LINE
        x, width = left + _share(row.x, room), max(_share(row.width, room), 1)
        colour = _COLOURS.get(row.tone, _PLAIN)
        amount = t(Fen(row.amount))
        body += [
            _text(left - 12, y + 15, t(row.label), "end"),
            f'<rect x="{left}" y="{y}" width="{room}" height="20" fill="#e9eef0"/>',
            f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="20" fill="{colour}"/>',
            _text(WIDTH - _MARGIN, y + 15, amount, "end"),
        ]
    return _document(t(answer.headline), t, body, (len(answer.bars) + 2) * _LINE, foot)


def _time(answer: Answer, t: Speech, foot: str) -> str:
    left, room, y = _MARGIN + 10, WIDTH - 2 * _MARGIN - 20, 2 * _LINE + 10
    points = charts.timeline(answer.events)
    body = [_line(left, left + room, y, _AXIS, 3)]
    for point in points:
        if point.event.tone == "start":
            start = left + _share(point.place, room)
            body.append(_line(start, left + room, y, _COLOURS["start"], 7))
    for at, point in enumerate(points, 1):
        x = left + _share(point.place, room)
        colour = _COLOURS.get(point.event.tone, _PLAIN)
        line = y + 20 + at * _LINE
        body += [
            f'<circle cx="{x:.1f}" cy="{y}" r="12" fill="{colour}"/>',
            _text(x, y + 5, str(at), "middle", more=' fill="#ffffff"'),
            f'<circle cx="{left}" cy="{line - 5}" r="10" fill="{colour}"/>',
            _text(left, line, str(at), "middle", 12, ' fill="#ffffff"'),
            _text(left + 22, line, f"{point.event.day}  {t(point.event.label)}"),
        ]
    return _document(t(answer.headline), t, body, y + (len(points) + 1) * _LINE, foot)


def _curve(answer: Answer, curve: Curve, t: Speech, foot: str) -> str:
    drawing = charts.draw(curve, t.language)
    left, top, room, tall = 70, 3 * _LINE, WIDTH - 70 - _MARGIN, 280
    body = []
    for at, (_, tone, label) in enumerate(drawing.lines):
        key = left + at * 200
        body.append(_line(key, key + 28, 2 * _LINE, _COLOURS.get(tone, _PLAIN), 4))
        body.append(_text(key + 36, 2 * _LINE + 5, t(label)))
    for mark in drawing.across:
        y = top + _share(mark.place, tall)
        body.append(_line(left, left + room, y, "#d3dbde"))
        body.append(_text(left - 8, y + 5, mark.text, "end", 12))
    body.append(_line(left, left + room, top + tall, _AXIS))
    for mark in drawing.along:
        x = left + _share(mark.place, room)
        body.append(_text(x, top + tall + 20, mark.text, mark.anchor, 12))
    dashed = [(place, _COLOURS["lapse"]) for place in drawing.turns]
    dashed += [(drawing.marked, _INK)] if drawing.marked else []
    for place, colour in dashed:
        x = left + _share(place, room)
        body.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + tall}" stroke="{colour}"'
            f' stroke-dasharray="4 4"/>'
        )
    body.append(
        f'<svg x="{left}" y="{top}" width="{room}" height="{tall}" viewBox="0 0 1000 1000"'
        f' preserveAspectRatio="none" overflow="visible">'
    )
    body += [
        f'<polyline points="{points}" fill="none" stroke="{_COLOURS.get(tone, _PLAIN)}"'
        f' stroke-width="3" vector-effect="non-scaling-stroke"/>'
        for points, tone, _ in drawing.lines
    ]
    body.append("</svg>")
    axes = [
        t(label) + (t(message("（元）")) if unit == "fen" else "")
        for label, unit in ((curve.x_label, curve.x_unit), (curve.y_label, curve.y_unit))
    ]
    line = top + tall + 50
    axes_text = t(message("横轴：{x}；纵轴：{y}", x=axes[0], y=axes[1]))
    body.append(_text(left, line, axes_text, size=12, more=f' fill="{_SOFT}"'))
    for turn in curve.breaks:
        line += 22
        body.append(_text(left, line, t(turn.what), size=12))
    about = answer.about
    title = message("{title}（{about}）", title=curve.title, about=about)
    return _document(t(title), t, body, line + 10, foot)
