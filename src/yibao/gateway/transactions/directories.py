"""Directories: files of TAB-separated rows for 9102, and paged queries. 1301-1319 and 1901."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from yibao.exchange.files import records
from yibao.exchange.reading import catalogue_on
from yibao.gateway.answers import Output, decimal
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.fields import codes, columns, shown_name, terms
from yibao.gateway.registry import File, reads
from yibao.gateway.values import scaled
from yibao.messages import message
from yibao.policy.kinds import ItemClass

_NUMBER = re.compile(r"DIR-(\d{4})-(F\d{8})-(\d)-(\w+)")
_AREA = re.compile(r"[0-9]{6}")
_EMPTY = "null"
_MOST_ROWS = 1_000
_CLASSES: dict[str, str] = {ItemClass.A: "甲", ItemClass.B: "乙"}
_OF_CATALOGUE = {"1301": ("X", "Z"), "1302": ("T",), "1305": ("S",), "1306": ("C",)}
"""Directories that the catalogue fills, by the first letter of the code."""
_NAME_COLUMNS = (
    "药品商品名",
    "药品通用名",
    "注册名称",
    "单味药名称",
    "药材名称",
    "标准名称",
    "医疗服务项目名称",
    "耗材名称",
    "医保通用名",
)
_FILE_DAYS = 1

DOWNLOADS = tuple(infno for infno in columns() if infno != "1306A")


@reads(*DOWNLOADS)
def download(call: Call) -> Output:
    """1301 and its like: a number with which 9102 gives the file."""
    row = call.nodes.one()
    rows = directory_rows(call, call.infno)
    version = _version(rows)
    known = row.get("ver") == version
    name = f"{call.infno}_{version}.txt.zip"
    return {
        "file_qury_no": f"DIR-{call.infno}-{version}-{int(known)}-{call.institution}",
        "filename": name,
        "dld_end_time": (call.today + datetime.timedelta(days=_FILE_DAYS)).isoformat(),
        "data_cnt": 0 if known else len(rows),
    }


def is_directory(number: str) -> bool:
    """Whether a file number is one of a directory."""
    return _NUMBER.fullmatch(number) is not None


def asked_by(number: str) -> str:
    """The institution that asked for a directory; empty where it is no directory."""
    match = _NUMBER.fullmatch(number)
    return "" if match is None else match[4]


def directory_file(call: Call, number: str) -> File:
    """The zip behind a file number; nothing in it where the sender knew the version."""
    match = _NUMBER.fullmatch(number)
    if match is None or match[1] not in DOWNLOADS:
        raise MessageError(
            message("没有文件 {number}", number=number), place=call.place("file_qury_no")
        )
    infno, version = match[1], match[2]
    rows = [] if match[3] == "1" else directory_rows(call, infno)
    head = columns()[infno]["columns"]
    text = "".join("\t".join(row.get(name, _EMPTY) for name in head) + "\n" for row in rows)
    return zipped(f"{infno}_{version}.txt", text)


def zipped(name: str, text: str) -> File:
    """One TXT in a zip, the same bytes for the same text."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), text.encode())
    return File(f"{name}.zip", content.getvalue())


def _version(rows: Sequence[dict[str, str]]) -> str:
    latest = max((row.get("开始日期", "") for row in rows), default="") or "20000101"
    return "F" + latest.replace("-", "")[:8]


def directory_rows(call: Call, infno: str) -> list[dict[str, str]]:
    """Rows by column name; columns that nothing is known of are left out."""
    if infno == "1309":
        return _diseases(call)
    letters = _OF_CATALOGUE.get(infno)
    if letters is None:
        return []
    types_by_letter = terms()["list_type"]
    listed = {
        letter
        for letter in types_by_letter
        if types_by_letter[letter] in [types_by_letter[wanted_letter] for wanted_letter in letters]
    }
    rows = [
        row
        for row in catalogue_on(call.service.database, call.today, call.area)
        if _letter(row.code) in listed
    ]
    return [_catalogue_row(row) for row in rows]


def _letter(code: str) -> str:
    letter = code[:1].upper()
    return letter if letter in terms()["list_type"] else "X"


def _catalogue_row(row: Any) -> dict[str, str]:
    start = row.start.isoformat()
    return {
        "医疗目录编码": row.code,
        **dict.fromkeys(_NAME_COLUMNS, row.name),
        "国家医保药品目录甲乙类标识": {ItemClass.A: "甲", ItemClass.B: "乙"}.get(
            row.item_class, _EMPTY
        ),
        "开始日期": start,
        "结束日期": row.end.isoformat() if row.end else _EMPTY,
        "有效标志": "1",
        "唯一记录号": f"{row.code}-{start}",
        "版本号": "F" + start.replace("-", ""),
    }


def _diseases(call: Call) -> list[dict[str, str]]:
    area = call.institution_on(call.today).facts.area
    covering = call.service.library.covering(area)
    if covering is None:
        return []
    book = call.service.library.rulebook(covering.code)
    of_code = {name: code for code, name in terms()["diseases"].items()}
    return [
        {
            "门慢门特病种目录代码": of_code.get(name, name),
            "门慢门特病种名称": book.disease_names[name],
            "医保区划": book.area,
            "有效标志": "1",
            "唯一记录号": name,
        }
        for name in book.diseases
        if name != "dual_channel"
    ]


# --- paged queries -------------------------------------------------------------------------------


def paged(call: Call, rows: Sequence[Output]) -> Output:
    """The page of rows that was asked for."""
    row = call.nodes.one()
    number = _number(call, "page_num", 1)
    size = min(_number(call, "page_size", 100), _MOST_ROWS)
    pages = -(-len(rows) // size)
    first = (number - 1) * size
    shown = list(rows[first : first + size])
    if row.get("page_num") is None:
        call.note(call.place("page_num"), message("没有写，给第 1 页"))
    return {
        "data": shown,
        "pageNum": number,
        "pageSize": size,
        "recordCounts": len(rows),
        "pages": pages,
        "firstPage": number <= 1,
        "lastPage": number >= pages,
    }


def _number(call: Call, name: str, default: int) -> int:
    text = call.nodes.one().get(name)
    if text is None:
        return default
    number = scaled(text, 0, call.place(name))
    if number < 1:
        raise MessageError(message("应从 1 起"), place=call.place(name))
    return number


def _asked(call: Call) -> list[Any]:
    row = call.nodes.one()
    on = call.day(row, "query_date", call.today) if row.get("query_date") else call.today
    code = row.get("hilist_code") or row.get("med_list_codg")
    name = row.get("hilist_name")
    return catalogue_on(call.service.database, on, _area(call), code=code, name=name)


def _area(call: Call) -> str:
    """Whose catalogue is asked for: of ``insu_admdvs``, else of the sender's own area."""
    asked = call.nodes.one().get("insu_admdvs")
    if asked is not None and _AREA.fullmatch(asked):
        return asked
    return call.institution_on(call.today).facts.area


def _common(call: Call, row: Any) -> Output:
    return {
        "hilist_code": row.code,
        "insu_admdvs": _area(call),
        "crte_time": row.start.isoformat(),
        "begndate": row.start.isoformat(),
        "enddate": row.end.isoformat() if row.end else "",
        "vali_flag": "1",
        "rid": f"{row.code}-{row.start.isoformat()}",
        "updt_time": row.start.isoformat(),
    }


@reads("1304")
def ethnic_drugs(call: Call) -> Output:
    """1304: the catalogue tells no such drugs apart."""
    return paged(call, [])


@reads("1312")
def catalogue(call: Call) -> Output:
    """1312."""
    words = terms()
    return paged(
        call,
        [
            {
                **_common(call, row),
                "hilist_name": row.name,
                "med_chrgitm_type": words["list_type"][_letter(row.code)]["med_chrgitm_type"],
                "chrgitm_lv": words["chrgitm_lv"][row.item_class],
                "lmt_used_flag": "1" if row.diseases else "0",
                "med_use_flag": "1",
                "matn_used_flag": "1",
                "hilist_use_type": "1",
                "lmt_cpnd_type": "1",
                "list_type": words["list_type"][_letter(row.code)]["list_type"],
            }
            for row in _asked(call)
        ],
    )


@reads("1316")
def matches(call: Call) -> Output:
    """1316: codes are the same on both sides here."""
    listed = terms()["list_type"]
    return paged(
        call,
        [
            {
                **_common(call, row),
                "med_list_codg": row.code,
                "list_type": listed[_letter(row.code)]["list_type"],
            }
            for row in _asked(call)
        ],
    )


def _match_rid(row: dict[str, Any]) -> str:
    return f"{row.get('fixmedins_hilist_id')}-{row.get('med_list_codg')}"


@reads("1317")
def own_matches(call: Call) -> Output:
    """1317: what the institution matched with 3301."""
    stored = records(call.service.database, call.institution, "3301")
    return paged(
        call,
        [
            {
                "fixmedins_code": call.institution,
                "medins_list_codg": row.get("fixmedins_hilist_id") or "",
                "medins_list_name": row.get("fixmedins_hilist_name") or "",
                "list_type": row.get("list_type") or "",
                "med_list_codg": row.get("med_list_codg") or "",
                "insu_admdvs": call.institution_on(call.today).facts.area,
                "begndate": row.get("begndate") or "",
                "enddate": row.get("enddate") or "",
                "vali_flag": "1",
                "rid": _match_rid(row),
                "crte_time": row.get("begndate") or "",
                "updt_time": row.get("begndate") or "",
            }
            for row in stored
        ],
    )


@reads("1318")
def price_limits(call: Call) -> Output:
    """1318."""
    return paged(
        call,
        [
            {
                **_common(call, row),
                "hilist_lmtpric_type": "3",
                "overlmt_dspo_way": "1",
                "hilist_pric_uplmt_amt": decimal(row.price_limit, 6),
            }
            for row in _asked(call)
            if row.price_limit is not None
        ],
    )


@reads("1319")
def upfront_shares(call: Call) -> Output:
    """1319: shares that the catalogue gives; for others the pack's share counts."""
    return paged(
        call,
        [
            {
                **_common(call, row),
                "selfpay_prop_psn_type": "99",
                "selfpay_prop_type": "10",
                "selfpay_prop": decimal(row.upfront, 4),
            }
            for row in _asked(call)
            if row.upfront is not None
        ],
    )


@reads("1901")
def code_tables(call: Call) -> Output:
    """1901: one code table by its name."""
    row = call.nodes.one()
    name = call.need(row, "type")
    table = codes().get(name) or codes().get(name.lower())
    if table is None:
        raise MessageError(
            message(
                "没有代码表 {name}；名称如 insutype、med_type，见 {transaction}",
                name=name,
                transaction=shown_name("1901"),
            ),
            place=call.place("type"),
        )
    return {
        "list": [
            {
                "type": name,
                "label": meaning,
                "value": value,
                "parentValue": "",
                "sort": number,
                "valiFlag": "1",
                "createUser": "",
                "createDate": "",
                "version": "",
            }
            for number, (value, meaning) in enumerate(table["codes"].items(), 1)
        ]
    }
