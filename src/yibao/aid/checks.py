"""What a grant has to be, by itself and beside the grants there are."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import select

from yibao.aid.states import GrantStatus
from yibao.aid.tables import aid_grant
from yibao.benefit.facts import Grant
from yibao.database.unit import Unit
from yibao.errors import ConflictError, InputError
from yibao.messages import Listed, message
from yibao.policy.keys import RELATIONS


def check_terms(grant: Grant) -> None:
    """``InputError`` for a grant that makes no sense."""
    if grant.relation not in RELATIONS:
        raise InputError(
            message(
                "亲属关系 {relation} 应写 {relations} 之一",
                relation=repr(grant.relation),
                relations=Listed(RELATIONS),
            )
        )
    if grant.grantor == grant.grantee:
        raise InputError(message("不能授权给自己"))
    if grant.end is not None and grant.end < grant.start:
        raise InputError(message("授权的结束日早于开始日"))
    if grant.limit is not None and grant.limit <= 0:
        raise InputError(message("单次支付额度应大于 0"))


def refuse_second(unit: Unit, new_grant: Grant) -> None:
    """``ConflictError`` while another grant of the two may pay on a day of the new one."""
    between = (aid_grant.c.grantor_id == new_grant.grantor) & (
        aid_grant.c.grantee_id == new_grant.grantee
    )
    for row in unit.run(select(aid_grant).where(between)):
        if _may_pay_beside(row, new_grant):
            raise ConflictError(
                message(
                    "已经有给 {grantee} 的授权 {grant_id}，没有再登记一个；"
                    "要改期限和额度请变更它，或先终止它",
                    grantee=new_grant.grantee,
                    grant_id=row.grant_id,
                )
            )


def refuse_more_grantors(unit: Unit, grant: Grant, most: int) -> None:
    """``ConflictError`` while ``most`` others let the grantee draw on a day of this grant.

    ``most``: as the pack of the grantor's area says; 0: it sets no number.
    """
    if not most:
        return
    others = (aid_grant.c.grantee_id == grant.grantee) & (aid_grant.c.grantor_id != grant.grantor)
    rows = unit.run(select(aid_grant).where(others))
    grantors = {row.grantor_id for row in rows if _may_pay_beside(row, grant)}
    if len(grantors) >= most:
        raise ConflictError(
            message(
                "对方已有别人的授权：一名被授权人同时最多有 {most} 名授权人，请先解除原来的",
                most=most,
            )
        )


def _may_pay_beside(row: Any, grant: Grant) -> bool:
    """Whether the grant of a row may pay on a day on which ``grant`` does."""
    if row.status == GrantStatus.REFUSED or (
        row.status == GrantStatus.PENDING and row.revoked_on is not None
    ):
        return False  # it never paid and never will
    first, last = row.start, row.end
    if row.revoked_on is not None:
        day_before = row.revoked_on - datetime.timedelta(days=1)
        last = day_before if last is None else min(last, day_before)
    return (last is None or max(first, grant.start) <= last) and (
        grant.end is None or first <= grant.end
    )
