"""A list of one's own that is empty says what to do next."""

from __future__ import annotations

import re

from yibao.database.unit import Database

from .conftest import PASSWORD, Caller, add_newcomer

LISTS = {
    "/own/contributions": ("没有订单", "/own/pay"),
    "/own/cases": ("没有申请过", "/own/do"),
    "/own/visits": ("这段时间没有就医记录", "/directory"),
    "/own/filings": ("没有备案", "/own/filing"),
    "/own/used": ("没有人用过", "/own/aid"),
    "/own/aid": ("还没有授权给谁", "/own/aid/add"),
    "/own/tokens": ("还没有令牌", "/own/tokens/add"),
    "/own/account": ("还没有划入", "/own/contributions"),
    "/own/account?from=1999-01-01&to=1999-01-02": ("这些日子没有收支", "/own/account"),
    "/own/reminders": ("还没有提醒过", "/own"),
}


def test_every_empty_list_leads_on(store: Database, caller: Caller) -> None:
    add_newcomer(store)
    caller.post("/sign-in", data={"login": "newcomer", "password": PASSWORD})
    for path, (said, onward) in LISTS.items():
        page = caller.get(path).text
        cards = re.findall(r'<section class="card">.*?</section>', page, re.S)
        (card,) = [card for card in cards if said in card]
        assert f'href="{onward}' in card, path
        assert caller.get(onward).status_code == 200, onward
