"""Goods that are paid directly to makers over the API: handed in, confirmed, approved."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordCall, RecordService
from yibao.api.records import path_parameter
from yibao.api.schemas import DAY, FLAG, INSTANT, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart
from yibao.clearing import operations as clearing
from yibao.clearing.goods_lines import read_goods
from yibao.clearing.goods_reading import ListedGoods, list_goods, read_goods_list
from yibao.clearing.goods_states import GoodsKind, GoodsMove, GoodsState
from yibao.inquiry.claiming import ACCOUNT, payee_from
from yibao.inquiry.clearing_goods import FILE, GOODS, GOODS_MOVE, goods_from, goods_move_from

TAG = "直接付给企业的货款"
_PATH = "/office/goods"
_ID = "0198c1a2b3c400000000000000000e40"
DELIVERY = path_parameter("goods_list", "交货清单的编号。", _ID)
_LISTED: Json = {
    "goods": TEXT,
    "institution": TEXT,
    "maker": TEXT,
    "maker_name": TEXT,
    "number": TEXT,
    "kind": TEXT,
    "accepted_on": DAY,
    "due_on": DAY,
    "state": WHOLE,
    "state_title": TEXT,
    "count": WHOLE,
    "amount_fen": WHOLE,
    "by_institution": FLAG,
    "set_off_with": optional(TEXT),
}
_EXAMPLE: Json = {
    "goods": _ID,
    "institution": "H14010500001",
    "maker": "91140100MA0000000X",
    "maker_name": "某药业",
    "number": "D-1",
    "kind": GoodsKind.PROCURED,
    "accepted_on": "2026-11-05",
    "due_on": "2026-12-05",
    "state": int(GoodsState.DRAFTED),
    "state_title": "已交清单，等另一方确认",
    "count": 1,
    "amount_fen": 36850000,
    "by_institution": False,
    "set_off_with": None,
}
_LINE: Json = {
    "code": TEXT,
    "name": TEXT,
    "quantity": WHOLE,
    "price_fen": WHOLE,
    "amount_fen": WHOLE,
}
_STEP: Json = {"step": TEXT, "actor": TEXT, "reason": TEXT, "at": INSTANT}
_ACCOUNT: Json = {"holder": "某药业", "bank": "建设银行", "account": "4200001234567890"}
_FILE = base64.b64encode("编码,名称,数量,单价,金额\nXA01,某药,100,3685.00,368500.00\n".encode())


def paid_to_makers(service: RecordService) -> Iterator[Operation]:
    """Delivery lists of an area."""
    every = OfficePart(service, TAG, _PATH, "read_clearing")
    single = OfficePart(service, TAG, f"{_PATH}/{{goods_list}}", "read_clearing", (DELIVERY,))
    yield every.reads(
        "listGoods",
        "",
        "本统筹区的交货清单：双方确认、批准、付给企业、从应付机构的款里抵扣",
        _list,
        named(rows=items(named(**_LISTED)), next_cursor=optional(TEXT)),
        {"rows": [_EXAMPLE], "next_cursor": None},
    )
    yield every.writes(
        "draftGoods",
        "",
        "代企业交一份清单，等机构确认；机构在自己的网页上交",
        "take_clearing",
        (*GOODS, FILE),
        {
            "institution": "H14010500001",
            "maker": "91140100MA0000000X",
            "maker_name": "某药业",
            "number": "D-1",
            "goods_kind": GoodsKind.PROCURED,
            "accepted_on": "2026-11-05",
            **_ACCOUNT,
            "file": _FILE.decode(),
        },
        _draft,
        named(goods=TEXT, count=WHOLE, amount_fen=WHOLE),
        {"goods": _ID, "count": 1, "amount_fen": 36850000},
    )
    yield single.reads(
        "readGoods",
        "",
        "一份交货清单：各行、经过、现在能办哪一步",
        _read,
        named(
            **_LISTED,
            paper=TEXT,
            lines=items(named(**_LINE)),
            history=items(named(**_STEP)),
            moves=items(TEXT),
        ),
        {
            **_EXAMPLE,
            "paper": "",
            "lines": [
                {
                    "code": "XA01",
                    "name": "某药",
                    "quantity": 100,
                    "price_fen": 368500,
                    "amount_fen": 36850000,
                }
            ],
            "history": [
                {
                    "step": GoodsMove.DRAFT,
                    "actor": "0198c1a2b3c400000000000000000001",
                    "reason": "",
                    "at": "2026-11-06T02:00:00Z",
                }
            ],
            "moves": [],
        },
    )
    yield single.writes(
        "moveGoods",
        "/moves",
        "办一步：确认、批准、作废；哪一步归哪个岗由系统核对",
        "read_clearing",
        GOODS_MOVE,
        {"move": GoodsMove.CONFIRM, "reason": "确认书 7 号"},
        _move,
        named(goods=TEXT, state=WHOLE),
        {"goods": _ID, "state": int(GoodsState.CONFIRMED)},
    )
    yield single.writes(
        "redirectGoods",
        "/account",
        "银行退回以后换企业的另一个账户再付",
        "take_clearing",
        ACCOUNT,
        _ACCOUNT,
        _redirect,
        named(goods=TEXT, order=TEXT),
        {"goods": _ID, "order": "0198c1a2b3c400000000000000000e20"},
    )


def _list(service: RecordService, actor: Actor, request: Request) -> Json:
    rows = list_goods(service.database, actor)
    return {"rows": [_listed(row) for row in rows], "next_cursor": None}


def _read(service: RecordService, actor: Actor, request: Request) -> Json:
    page = read_goods_list(service.database, actor, request.path_params["goods_list"])
    return {
        **_listed(page.listed),
        "paper": page.listed.paper,
        "lines": [
            {
                "code": line.code,
                "name": line.name,
                "quantity": line.quantity,
                "price_fen": line.price,
                "amount_fen": line.amount,
            }
            for line in page.lines
        ],
        "history": [
            {"step": step.move, "actor": step.actor, "reason": step.reason, "at": step.at}
            for step in page.history
        ],
        "moves": [move.value for move in page.moves],
    }


def _draft(call: RecordCall) -> Json:
    answer = clearing.draft_goods(
        call.database,
        call.key,
        goods_from(call.values, call.values["institution"]),
        read_goods(call.values["file"]),
        actor=call.actor,
        at=call.at,
    )
    return {"goods": answer["goods"], "count": answer["count"], "amount_fen": answer["amount"]}


def _move(call: RecordCall) -> Json:
    return clearing.move_goods(
        call.database,
        call.key,
        call.path["goods_list"],
        goods_move_from(call.values),
        actor=call.actor,
        text=call.values["reason"] or "",
        at=call.at,
    )


def _redirect(call: RecordCall) -> Json:
    return clearing.redirect_goods(
        call.database,
        call.key,
        call.path["goods_list"],
        payee_from(call.values),
        actor=call.actor,
        at=call.at,
    )


def _listed(row: ListedGoods) -> Json:
    return {
        "goods": row.goods_id,
        "institution": row.institution_id,
        "maker": row.maker,
        "maker_name": row.maker_name,
        "number": row.number,
        "kind": row.kind.value,
        "accepted_on": row.accepted_on,
        "due_on": row.due_on,
        "state": int(row.state),
        "state_title": str(row.state_label),
        "count": row.count,
        "amount_fen": row.amount,
        "by_institution": row.by_institution,
        "set_off_with": row.set_off_with,
    }
