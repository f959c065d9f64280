"""Moving to another area as cases: one where somebody is insured now, one where they were."""

from __future__ import annotations

from yibao.access.permissions import Role
from yibao.messages import message, message_in
from yibao.moving import transfers
from yibao.moving.applications import TRANSFER_IN, TRANSFER_OUT, TransferIn, TransferOut
from yibao.moving.states import TransferState
from yibao.moving.terms import in_days, out_days
from yibao.office.flows import APPLICANT, by_program
from yibao.office.kinds import CaseKind, Move, State, register_kind
from yibao.policy.places import full_name_of

_S = TransferState
_ENDED = (
    State(_S.DONE, message_in("transfer", "已办结"), is_final=True),
    State(_S.RETURNED, message_in("transfer", "已退回"), is_final=True),
    State(_S.NOT_ACCEPTED, message("不予受理"), is_final=True),
    State(_S.WITHDRAWN, message_in("case", "已撤回"), is_final=True),
)


def _not_accept() -> Move:
    return Move(
        "not_accept",
        message("不予受理"),
        (_S.APPLIED,),
        _S.NOT_ACCEPTED,
        (Role.CLERK,),
        needs_reason=True,
    )


_IN_MOVES = (
    Move(
        "accept",
        message_in("case", "受理"),
        (_S.APPLIED,),
        _S.ACCEPTED,
        (Role.CLERK,),
        effect=transfers.accept_in,
    ),
    _not_accept(),
    Move(
        "withdraw",
        message_in("case", "撤回"),
        (_S.APPLIED, _S.ACCEPTED),
        _S.WITHDRAWN,
        (*APPLICANT, Role.CLERK),
        effect=transfers.withdraw_in,
    ),
    by_program("receive_form", message("信息表到了"), (_S.ACCEPTED,), _S.FORM_SENT),
    Move(
        "book_form",
        message("核对入库"),
        (_S.FORM_SENT,),
        _S.FORM_IN,
        (Role.REVIEWER,),
        effect=transfers.book_form,
        follow=transfers.then_match,
    ),
    Move(
        "return_form",
        message("退回转出地"),
        (_S.FORM_SENT,),
        _S.RETURNED,
        (Role.REVIEWER,),
        needs_reason=True,
        effect=transfers.return_form,
    ),
    Move(
        "take_money",
        message("余额到账，记入个人账户"),
        (_S.FORM_IN,),
        _S.MONEY_IN,
        (Role.CASHIER,),
        effect=transfers.take_money,
        follow=transfers.then_finish,
    ),
    by_program(
        "match_money",
        message("余额记入个人账户"),
        (_S.FORM_IN,),
        _S.MONEY_IN,
        transfers.match_money,
        transfers.then_finish,
    ),
    by_program(
        "finish",
        message_in("transfer", "办结"),
        (_S.FORM_IN, _S.MONEY_IN),
        _S.DONE,
        transfers.finish_in,
    ),
)

register_kind(
    CaseKind(
        name=TRANSFER_IN,
        label=message("医保关系转入"),
        forms={1: TransferIn},
        states=(
            State(_S.APPLIED, message("待受理")),
            State(_S.ACCEPTED, message("已受理，等转出地的信息表")),
            State(_S.FORM_SENT, message("信息表到了，待核对入库"), runs=True),
            State(_S.FORM_IN, message("已入库，等余额"), runs=True),
            State(_S.MONEY_IN, message("余额已经记入")),
            *_ENDED,
        ),
        moves=_IN_MOVES,
        working_days=in_days,
        summary=lambda data: message("从 {area} 转入", area=full_name_of(data.from_area)),
    )
)

_OUT_MOVES = (
    Move(
        "accept",
        message_in("case", "受理"),
        (_S.APPLIED,),
        _S.ACCEPTED,
        (Role.CLERK,),
        effect=transfers.accept_out,
    ),
    _not_accept(),
    Move(
        "withdraw",
        message_in("case", "撤回"),
        (_S.APPLIED,),
        _S.WITHDRAWN,
        (*APPLICANT, Role.CLERK),
    ),
    by_program("forward", message("转入地受理，转来"), (_S.APPLIED,), _S.ACCEPTED),
    Move(
        "send_form",
        message("出信息表"),
        (_S.ACCEPTED,),
        _S.FORM_SENT,
        (Role.REVIEWER,),
        effect=transfers.send_form,
        follow=transfers.then_send_money,
    ),
    by_program(
        "send_money",
        message("余额划出"),
        (_S.FORM_SENT,),
        _S.MONEY_SENT,
        transfers.send_money,
    ),
    Move(
        "confirm",
        message("对方已经入库，办结"),
        (_S.FORM_SENT, _S.MONEY_SENT),
        _S.DONE,
        (Role.CLERK,),
        effect=transfers.confirm_out,
    ),
    Move(
        "take_back",
        message("对方退回"),
        (_S.FORM_SENT, _S.MONEY_SENT),
        _S.RETURNED,
        (Role.REVIEWER,),
        needs_reason=True,
        effect=transfers.take_back,
    ),
    by_program("finish", message_in("transfer", "办结"), (_S.FORM_SENT, _S.MONEY_SENT), _S.DONE),
    by_program("return", message("转入地退回"), (_S.FORM_SENT, _S.MONEY_SENT), _S.RETURNED),
)

register_kind(
    CaseKind(
        name=TRANSFER_OUT,
        label=message("医保关系转出"),
        forms={1: TransferOut},
        states=(
            State(_S.APPLIED, message("待受理")),
            State(_S.ACCEPTED, message("待出信息表"), runs=True),
            State(_S.FORM_SENT, message("信息表已发出")),
            State(_S.MONEY_SENT, message("余额已划出")),
            *_ENDED,
        ),
        moves=_OUT_MOVES,
        working_days=out_days,
        summary=lambda data: message("转往 {area}", area=full_name_of(data.to_area)),
    )
)
