"""Signing up as a kind of case: the counter compares, asks, approves or refuses."""

from __future__ import annotations

from yibao.access.operations import Answer
from yibao.access.permissions import Role
from yibao.database.unit import Database
from yibao.errors import RefusedError
from yibao.insured.signing_up.comparing import difference, registered_as
from yibao.insured.signing_up.forms import (
    CARD_BACK,
    CARD_FRONT,
    GIVE_CODE,
    GUARDIAN_BACK,
    GUARDIAN_FRONT,
    HAND_OVER,
    KINSHIP,
    LOGIN_OPENED,
    OPEN_LOGIN,
    PAPERS_AWAITED,
    SIGN_UP,
    WITHDRAW,
    SignUp,
)
from yibao.messages import Text, message, message_in
from yibao.office.flows import CaseState
from yibao.office.kinds import CaseKind, Decided, Move, NeededPaper, State, register_kind
from yibao.policy.compile import PolicyLibrary

_OWN_PAPERS = (
    NeededPaper(CARD_FRONT, message("身份证人像面")),
    NeededPaper(CARD_BACK, message("身份证国徽面")),
)
_OF_A_CHILD = (
    NeededPaper(GUARDIAN_FRONT, message("监护人身份证人像面")),
    NeededPaper(GUARDIAN_BACK, message("监护人身份证国徽面")),
    NeededPaper(KINSHIP, message("监护关系证明（户口簿或出生医学证明）")),
)


def _papers(data: SignUp) -> tuple[NeededPaper, ...]:
    return _OF_A_CHILD if data.is_for_child else _OWN_PAPERS


def _approve(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Bears it out; the login itself is opened by whoever asked, with a code."""
    data: SignUp = decided.data
    registered = database.read(lambda unit: registered_as(unit, database.secrets, data))
    why = difference(data, registered, decided.area, decided.day)
    if why is not None:
        raise RefusedError(message("{why}；请要求补正，或者写明原因不予通过", why=why))
    assert registered is not None
    return {"person": registered.person_id}


def _summary(data: SignUp) -> Text:
    if data.is_for_child:
        return message("监护人给孩子申请网上登录")
    return message("本人申请网上登录")


_AWAITED = (PAPERS_AWAITED, CaseState.TO_SUPPLEMENT)

register_kind(
    CaseKind(
        name=SIGN_UP,
        label=message("网上登录申请"),
        forms={1: SignUp},
        states=(
            State(PAPERS_AWAITED, message("等申请人交材料")),
            State(CaseState.FILED, message("待核对身份"), runs=True),
            State(CaseState.TO_SUPPLEMENT, message("待补正")),
            State(CaseState.APPROVED, message("核对通过，等申请人设密码")),
            State(LOGIN_OPENED, message("已开通"), is_final=True),
            State(CaseState.REFUSED, message("不予通过"), is_final=True),
            State(CaseState.WITHDRAWN, message_in("case", "已撤回"), is_final=True),
        ),
        moves=(
            Move(
                HAND_OVER,
                message("交齐材料"),
                _AWAITED,
                CaseState.FILED,
                (),
                by_program=True,
            ),
            Move(
                "approve",
                message("身份相符，通过"),
                (CaseState.FILED,),
                CaseState.APPROVED,
                (Role.CLERK,),
                needs_papers=True,
                effect=_approve,
            ),
            Move(
                "ask",
                message("要求补正"),
                (CaseState.FILED,),
                CaseState.TO_SUPPLEMENT,
                (Role.CLERK,),
                needs_reason=True,
            ),
            Move(
                "refuse",
                message("不予通过"),
                (CaseState.FILED, CaseState.TO_SUPPLEMENT, CaseState.APPROVED),
                CaseState.REFUSED,
                (Role.CLERK,),
                needs_reason=True,
            ),
            Move(
                GIVE_CODE,
                message("发一次性码"),
                (CaseState.APPROVED,),
                CaseState.APPROVED,
                (),
                by_program=True,
            ),
            Move(
                OPEN_LOGIN,
                message("设密码，开通"),
                (CaseState.APPROVED,),
                LOGIN_OPENED,
                (),
                by_program=True,
            ),
            Move(
                WITHDRAW,
                message_in("case", "撤回"),
                (*_AWAITED, CaseState.FILED, CaseState.APPROVED),
                CaseState.WITHDRAWN,
                (),
                by_program=True,
            ),
        ),
        papers_by_data=_papers,
        summary=_summary,
    )
)
