"""Sample conversations of every transaction, taken down from a run over real HTTP.

``python tools/render_samples.py`` writes ``docs/interface-samples.md``; ``--check`` prints a
diff and exits with 1 where the page is not what a run gives now.  Numbers that a run makes
anew (visits, settlements, orders) are shown as M1, S1, D1 in the order of their appearance.
"""

from __future__ import annotations

import datetime
import difflib
import itertools
import json
import os
import re
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rehearsal import DAY, Given, Rehearsal
from yibao.gateway.fields import names, transactions
from yibao.gateway.registry import ALIASES
from yibao.gateway.sandbox import open_sandbox
from yibao.gateway.settings import Clock
from yibao.gateway.values import instant
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.line import serving

PAGE = Path(__file__).resolve().parents[1] / "docs" / "interface-samples.md"
_PATH = "/fsi/api/rsfComIfsService/callService"
_WIDTH = 110
_LETTERS = {
    "sign_no": "Q",
    "mdtrt_id": "M",
    "setl_id": "S",
    "trt_dcla_detl_sn": "B",
    "file_qury_no": "F",
    "setl_list_id": "L",
    "ipt_psn_sp_flag_detl_id": "T",
    "mdtrtId": "M",
    "setlId": "S",
    "payOrdId": "D",
    "payToken": "K",
    "revsToken": "V",
    "refdSn": "R",
    "hiRxno": "H",
    "rxTraceCode": "C",
    "rid": "G",
}
_MADE = re.compile(r'"(\w+)":\s*"([0-9A-Z]{25}|[0-9A-Z]{20}|[0-9a-f]{32})"')
_HEAD = """# 每个交易的样例对话

由 `python tools/render_samples.py`（`make docs`）在一个新的沙箱上真的走一遍 HTTP 记下来，测试比对。
人员、机构、目录是沙箱自带的；平台时间固定在 {day}。每次新生成的编号按出现先后写作
M1（就诊）、S1（结算）、B1（备案）、F1（文件）、D1（订单）、K1（支付令牌）、V1（冲正令牌）、Q1（签到）、R1（退款）、L1（清单）、T1（特殊属性）、
H1（处方）、C1（追溯码）、G1（数据）。
字段的意思见 [interface.md](interface.md)。

报文头和应答头各条都一样，只写一次；下面只列 `input` 和 `output`：

```json
{request}
```

```json
{answer}
```
"""


class _StillClock(Clock):
    """A clock that stands."""

    def now(self) -> datetime.datetime:
        return instant(f"{DAY} 16:00:00", "clock")


class _Heard:
    """Carries the rehearsal and takes down the first success of every transaction."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.first: dict[str, tuple[Given, Given, Any]] = {}
        self._serial = itertools.count(1)

    def send(self, infno: str, fields: Given, institution: str) -> Given:
        request = {
            "infno": infno,
            "msgid": f"{institution}{DAY.replace('-', '')}160000{next(self._serial):04d}",
            "mdtrtarea_admvs": "140100",
            "insuplc_admdvs": "140100",
            "recer_sys_code": "FSI_LOCAL",
            "dev_no": "",
            "dev_safe_info": "",
            "cainfo": "",
            "signtype": "",
            "infver": "V1.0",
            "opter_type": "1",
            "opter": "001",
            "opter_name": "测试操作员",
            "inf_time": f"{DAY} 16:00:00",
            "fixmedins_code": institution,
            "fixmedins_name": "沙箱机构",
            "sign_no": "",
            "input": fields,
        }
        body = json.dumps(request, ensure_ascii=False).encode()
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{_PATH}", body)
        with urllib.request.urlopen(asked) as response:
            content = response.read()
            if response.headers["content-type"] == "application/octet-stream":
                name = response.headers["content-disposition"]
                file_words = (
                    f"（application/octet-stream，{len(content)} 字节，{name.split(chr(39))[-1]}）"
                )
                self.first.setdefault(infno, (request, {}, file_words))
                return {}
        answer: Given = json.loads(content)
        if answer["infcode"] != 0:
            raise SystemExit(f"{infno}: {answer['err_msg']}")
        self.first.setdefault(infno, (request, json.loads(content, parse_float=_kept), None))
        output: Given = answer["output"]
        return output


def _kept(text: str) -> str:
    """A number with its decimals, marked so that it is written again as it was."""
    return f"<{text}>"


def written(value: Any, indent: int = 0) -> list[str]:
    """JSON with as many fields on a line as fit."""
    room = _WIDTH - indent
    flat = re.sub(r'"<(-?[0-9.]+)>"', r"\1", json.dumps(value, ensure_ascii=False))
    if len(flat) <= room or not isinstance(value, dict | list):
        return [flat]
    ends = "{}" if isinstance(value, dict) else "[]"
    parts = (
        [(json.dumps(name) + ": ", part) for name, part in value.items()]
        if isinstance(value, dict)
        else [("", part) for part in value]
    )
    lines: list[str] = [""]
    for number, (name, part) in enumerate(parts, 1):
        first, *rest = written(part, indent + 2)
        comma = "," if number < len(parts) else ""
        begun = name + first
        if rest:
            lines += [begun, *rest[:-1], rest[-1] + comma, ""]
        elif lines[-1] and len(lines[-1]) + len(begun) + 2 <= room - 2:
            lines[-1] += " " + begun + comma
        else:
            lines.append(begun + comma)
    return [ends[0], *(f"  {line}" for line in lines if line), ends[1]]


def _named(text: str, known: dict[str, str]) -> str:
    """``text`` with the numbers that a run makes anew by their names."""
    for match in _MADE.finditer(text):
        name, number = match.groups()
        if number in known:
            continue
        letter = _LETTERS.get(name)
        if letter is not None:
            count = sum(label.startswith(letter) for label in known.values()) + 1
            known[number] = f"{letter}{count}"
    # The longest first: a trace code is the end of a prescription's number.
    for number in sorted(known, key=len, reverse=True):
        text = text.replace(number, known[number])
    return re.sub(r'("inf_refmsgid": "\d{20})\d{10}', r"\g<1>0000000001", text)


def _required(infno: str) -> str:
    """What the transaction cannot do without, and why."""
    listed = [
        f"`{field.name}`" + (f" 或 `{field.instead}`" if field.instead else "") + f"（{field.why}）"
        for node in transactions()[infno].input
        for field in node.needed
    ]
    return f"必填：{'、'.join(listed)}。" if listed else "没有必填项。"


def _sections(first: dict[str, tuple[Given, Given, Any]], known: dict[str, str]) -> Iterator[str]:
    for infno, (request, answer, said) in first.items():
        base = ALIASES.get(infno, infno)
        title = transactions()[base].zh if base in transactions() else names()[base]
        yield f"\n## {infno} {title}\n\n{_required(base)}\n"
        asked = _named(json.dumps(request["input"], ensure_ascii=False), known)
        yield "\n```json\n" + "\n".join(written(json.loads(asked, parse_float=_kept))) + "\n```\n"
        if said is not None:
            yield f"\n{_named(said, known)}\n"
            continue
        told = _named(json.dumps(answer["output"], ensure_ascii=False), known)
        yield "\n```json\n" + "\n".join(written(json.loads(told, parse_float=_kept))) + "\n```\n"


def page(url: str = "") -> str:
    """The page as a run gives it now, on an empty database."""
    library = PolicyLibrary.load()
    with tempfile.TemporaryDirectory(prefix="yibao-") as folder:
        os.environ.setdefault("YIBAO_SECRET_KEY", "5a" * 32)
        database = open_sandbox(library, url or f"sqlite:///{Path(folder) / 'sandbox.db'}")
        try:
            with serving(database, library, _StillClock()) as port:
                heard = _Heard(port)
                Rehearsal(heard.send).run()
        finally:
            database.dispose()
    known: dict[str, str] = {}
    request, answer, _ = heard.first["9001"]
    shown = {**answer, "output": {}}
    head = _HEAD.format(
        day=f"{DAY} 16:00:00",
        request="\n".join(written({**request, "input": {}})),
        answer="\n".join(written(json.loads(_named(json.dumps(shown, ensure_ascii=False), known)))),
    )
    return head + "".join(_sections(heard.first, known))


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare it; 1 where it differs."""
    rendered = page()
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if "--check" in arguments:
        sys.stdout.writelines(
            difflib.unified_diff(
                old.splitlines(True), rendered.splitlines(True), "（文件里）", "（现在的对话）"
            )
        )
        return int(old != rendered)
    PAGE.write_text(rendered, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
