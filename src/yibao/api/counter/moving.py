"""Errands of people who move, leave, are given back, or give back."""

from __future__ import annotations

from dataclasses import replace

from yibao.access.operations import Answer
from yibao.api.counter.errand import Errand, ErrandCall, ErrandSetting, home_of
from yibao.api.counter.inputs import (
    CERTIFICATE,
    EXAMPLE_DAY,
    certificate_field,
    contributor_field,
    day_field,
    found_here,
    number_field,
    relative_field,
)
from yibao.disbursement.payees import Payee, payee_of
from yibao.errors import InputError, NotFoundError, RefusedError
from yibao.inquiry.claiming import ACCOUNT
from yibao.inquiry.fields import Choice, Field
from yibao.inquiry.reading import any_area
from yibao.insured.accounts.suspense import clear_suspense
from yibao.messages import Message, message, message_in
from yibao.moving.applications import (
    BENEFIT_RECOVERY,
    LEAVING,
    MERGER,
    PREMIUM_REFUND,
    TRANSFER_IN,
    TRANSFER_OUT,
    BenefitRecovery,
    Leaving,
    Merger,
    PremiumRefund,
    RecoveryWay,
    RefundReason,
    TransferIn,
    TransferOut,
    TransferReason,
)
from yibao.moving.leaving_cases import LEAVING_WORDS, REFUND_WORDS, WAY_WORDS
from yibao.moving.merging import merger_of
from yibao.moving.recoveries import RecoveryPayment, take_recovery
from yibao.policy.kinds import ClosingReason, Contributor

_REASONS = {
    TransferReason.WORK: message("换地方工作"),
    TransferReason.HOME: message("户籍或常住地变动"),
}


def place_field(name: str, label: Message) -> Field:
    """A city or province, by name or code."""
    return Field(name, label, "name", required=True, hint=message("省、市的名称或六位区划代码。"))


def account_fields(hint: Message) -> tuple[Field, ...]:
    """A bank account, where one is needed."""
    return tuple(replace(field, required=False, hint=hint) for field in ACCOUNT)


def area_of(call: ErrandCall, name: str) -> str:
    """The code of the area that a field names; ``InputError`` for one that nobody knows."""
    try:
        return any_area(call.library, str(call.values[name]), name)
    except NotFoundError:
        raise InputError(
            message("不认识这个地方，请写省、市的名称或六位区划代码"), place=name
        ) from None


def _transfer_in(call: ErrandCall) -> TransferIn:
    return TransferIn(from_area=area_of(call, "from_area"), reason=str(call.values["why"]))


def _transfer_out(call: ErrandCall) -> TransferOut:
    return TransferOut(to_area=area_of(call, "to_area"), payee=_payee(call))


def _payee(call: ErrandCall) -> Payee | None:
    values = call.values
    if not values["account"]:
        return None
    return payee_of(values["holder"] or "", values["bank"] or "", str(values["account"]))


_MOST = 10**12


def heir_field(asked: ErrandSetting) -> Field:
    """A relative on record, or nobody."""
    return replace(relative_field(asked), name="heir", label=message("继承人"), required=False)


_GIVEN_UP = "given_up"
"""What somebody may want to leave for, and no rule of any pack says what becomes of the money."""


def _leaving(call: ErrandCall) -> Leaving:
    values = call.values
    if values["why"] == _GIVEN_UP:
        raise RefusedError(
            message(
                "没有来源写明 {area} 放弃职工医保关系的能不能一次支取个人账户余额，不能办；"
                "改参居民医保的余额留在账户里，照样能用",
                area=call.library.place_name(home_of(call)),
            )
        )
    return Leaving(
        reason=str(values["why"]),
        last_day=values["last_day"],
        heir=values["heir"] or None,
        heirless=bool(values["heirless"]),
        to_area=area_of(call, "to_area") if values["to_area"] else None,
        payee=_payee(call),
    )


def _merger(call: ErrandCall) -> Merger:
    values = call.values
    merged = found_here(call, values[CERTIFICATE], values["number"])
    if merged == call.person_id:
        raise InputError(message("这个号码就是这份登记的，请写另一份登记的号码"), place="number")
    return call.database.read(lambda unit: merger_of(unit, merged, call.day))


def _recovery(call: ErrandCall) -> BenefitRecovery:
    values = call.values
    return BenefitRecovery(
        amount=values["amount"],
        scheme=str(values["scheme"]),
        ground=str(values["ground"]),
        way=str(values["way"]),
        instalments=values["instalments"] or 1,
    )


def _clear(call: ErrandCall) -> Answer:
    values = call.values
    return clear_suspense(
        call.database,
        call.key,
        call.person_id,
        values["amount"],
        call.day,
        actor=call.actor,
        to_account=values["to"] or None,
        reason=str(values["why"]),
    )


def _take(call: ErrandCall) -> Answer:
    return take_recovery(
        call.database,
        call.library,
        call.key,
        call.person_id,
        RecoveryPayment(str(call.values["way"]), call.values["amount"]),
        area=home_of(call),
        actor=call.actor,
        at=call.at,
    )


MOVING: tuple[Errand, ...] = (
    Errand(
        "transfer-in",
        "applyTransferIn",
        message("医保关系转入"),
        "apply",
        lambda asked: (
            place_field("from_area", message("从哪里转来")),
            Field(
                "why",
                message("为什么转移"),
                "choice",
                required=True,
                default=TransferReason.WORK.value,
                choices=tuple(Choice(code.value, said) for code, said in _REASONS.items()),
            ),
        ),
        {"from_area": "", "why": TransferReason.WORK.value},
        kind=TRANSFER_IN,
        application=_transfer_in,
        move="accept",
        lead=message(
            "在这里已经参保、原来的地方已经停保的，缴费年限逐月合并，个人账户的余额一起转来。"
            "转出地 10 个工作日内出信息表，这里收到后 5 个工作日内入库；已经退休的不转。"
        ),
        then=message("受理以后向转出地要信息表，每一步都看得到。"),
    ),
    Errand(
        "transfer-out",
        "applyTransferOut",
        message("医保关系转出"),
        "change_person",
        lambda asked: (
            place_field("to_area", message("转到哪里")),
            *account_fields(message("个人账户有余额才要，见对方的联系函。")),
        ),
        {"to_area": ""},
        kind=TRANSFER_OUT,
        application=_transfer_out,
        move="accept",
        lead=message("转入地不用本系统的，在这里办：出信息表的文件，余额付给对方的账户。"),
    ),
    Errand(
        "merger",
        "applyMerger",
        message("合并重复的登记"),
        "change_person",
        lambda asked: (
            certificate_field(CERTIFICATE, message_in("desk", "证件种类")),
            number_field("number", message("另一份登记的证件号码")),
        ),
        {CERTIFICATE: "passport", "number": "E12345678"},
        kind=MERGER,
        application=_merger,
        lead=message(
            "这一份保留，另一份并入：证件、登录、参保、缴费、备案、累计和个人账户的余额都归到这一份，"
            "以前的结算留在原处、一起看得到；另一份以后只指向这一份。"
        ),
        touches_account=True,
    ),
    Errand(
        "leaving",
        "applyLeaving",
        message("终止参保并销户"),
        "change_person",
        lambda asked: (
            Field(
                "why",
                message("为什么终止"),
                "choice",
                required=True,
                choices=(
                    *(Choice(code, said) for code, said in LEAVING_WORDS.items()),
                    Choice(_GIVEN_UP, message("放弃职工医保关系")),
                ),
            ),
            day_field("last_day", message("参保到哪天为止"), hint=message("死亡的写死亡那天。")),
            heir_field(asked),
            Field("heirless", message("没有继承人"), "flag"),
            replace(place_field("to_area", message("转到哪里")), required=False),
            *account_fields(message("余额付现金的才要。")),
        ),
        {
            "why": ClosingReason.ABROAD,
            "last_day": EXAMPLE_DAY,
            "holder": "王小明",
            "bank": "工商银行",
            "account": "6217000012345678",
        },
        kind=LEAVING,
        application=_leaving,
        lead=message(
            "材料齐了、受理以后，死亡的当场停止待遇；复审岗同意以后销户，"
            "余额按本统筹区的规定转给继承人、付给本人或继承人、随人转走，或归入统筹基金。"
        ),
        touches_account=True,
    ),
    Errand(
        "suspense",
        "clearSuspense",
        message("付出待处理的钱"),
        "clear_suspense",
        lambda asked: (
            Field("amount", message("金额"), "fen", required=True, most=_MOST, unit=message("元")),
            replace(heir_field(asked), name="to", label=message("记入谁的个人账户，不选走银行")),
            Field("why", message("给了谁、凭什么"), "name", required=True),
        ),
        {"amount": 100, "why": "付给本人"},
        _clear,
        lead=message("账户已经注销、该还给本人的钱；渠道自己退的和等着拨付的不算。"),
    ),
    Errand(
        "premium-refund",
        "applyPremiumRefund",
        message("居民缴费退费"),
        "apply",
        lambda asked: (
            Field("year", message("退哪一年的"), "whole", required=True, least=2000, most=2100),
            Field(
                "why",
                message("为什么退"),
                "choice",
                required=True,
                choices=tuple(Choice(code, said) for code, said in REFUND_WORDS.items()),
            ),
        ),
        {"year": 2027, "why": RefundReason.OVERPAID.value},
        kind=PREMIUM_REFUND,
        application=lambda call: PremiumRefund(
            year=call.values["year"], reason=str(call.values["why"])
        ),
        lead=message("保障年度开始以前的才退；医保核对没有用过基金，税务原路退回。"),
        then=message("审核以后由税务退到原来缴费的账户。"),
    ),
    Errand(
        "recovery",
        "openRecovery",
        message("追回多享的待遇"),
        "find_overpaid",
        lambda asked: (
            Field(
                "amount",
                message("多享了多少"),
                "fen",
                required=True,
                most=_MOST,
                unit=message("元"),
            ),
            contributor_field(Contributor.RESIDENT, Contributor.EMPLOYEE),
            Field("ground", message("查明的事实"), "name", required=True),
            Field(
                "way",
                message("怎样退"),
                "choice",
                required=True,
                default=RecoveryWay.AT_ONCE.value,
                choices=tuple(Choice(code, said) for code, said in WAY_WORDS.items()),
            ),
            Field("instalments", message("分几期，按月"), "whole", least=1, most=60),
        ),
        {
            "amount": 120000,
            "scheme": Contributor.EMPLOYEE,
            "ground": "重复结算",
            "way": RecoveryWay.AT_ONCE.value,
        },
        kind=BENEFIT_RECOVERY,
        application=_recovery,
    ),
    Errand(
        "recovery-payment",
        "takeRecovery",
        message("登记收回多享的待遇"),
        "recover",
        lambda asked: (
            Field(
                "way",
                message("从哪里收回"),
                "choice",
                required=True,
                default=RecoveryWay.AT_ONCE.value,
                choices=tuple(
                    Choice(code, said)
                    for code, said in WAY_WORDS.items()
                    if code != RecoveryWay.INSTALMENTS
                ),
            ),
            Field("amount", message("金额"), "fen", required=True, most=_MOST, unit=message("元")),
        ),
        {"way": RecoveryWay.AT_ONCE.value, "amount": 40000},
        _take,
        lead=message("退到基金银行账户的写一次退回；分期的每期登记一次；收齐自动办结。"),
    ),
)
