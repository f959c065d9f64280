"""What a claim says: the person's application, and the lines of its bill."""

from __future__ import annotations

import datetime
import re

import msgspec

from yibao.benefit.facts import Institution
from yibao.claims.coded import care_of, reasons
from yibao.disbursement.payees import Payee
from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.kinds import (
    Delivery,
    HospitalGrade,
    InstitutionKind,
    ItemClass,
    ItemKind,
    TextEnum,
    VisitKind,
)

MANUAL_CLAIM = "manual_claim"
"""The kind of the case, and the purpose of what is paid."""
_NUMBER = re.compile(r"[0-9A-Za-z]{4,40}")
_CODE = re.compile(r"[0-9A-Za-z]{0,40}")
_MOST_VOUCHERS = 20
_LONGEST = 120
_ALL = 10_000


class ThirdParty(TextEnum):
    """Whether somebody else has to bear the cost."""

    NONE = "none"
    UNKNOWN = "unknown"
    """Nobody knows who: the fund pays first."""
    UNWILLING = "unwilling"
    """Known, and does not pay: the fund pays first."""


class LineDecision(TextEnum):
    """What a reviewer says of a line."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CUT = "cut"
    REJECTED = "rejected"


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt: paper or electronic; code and number are its name everywhere."""

    number: str
    total: int
    """Fen."""
    day: datetime.date
    code: str = ""
    check: str = ""

    @property
    def identity(self) -> str:
        return f"{self.code.upper()}|{self.number.upper()}"


class CarePlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where the care was: an institution of the store, or one that it does not know."""

    name: str
    area: str = ""
    institution: str | None = None
    kind: InstitutionKind = InstitutionKind.HOSPITAL
    grade: HospitalGrade | None = None

    def facts(self, institution_id: str) -> Institution:
        """The institution that the store does not know, as the papers say."""
        return Institution(institution_id, self.area, self.kind, grade=self.grade)


class ManualClaim(msgspec.Struct, frozen=True, kw_only=True):
    """The first form."""

    reason: str
    care: str
    place: CarePlace
    start: datetime.date
    end: datetime.date
    vouchers: tuple[Voucher, ...]
    payee: Payee
    note: str = ""
    disease: str | None = None
    delivery: Delivery | None = None
    fetuses: int = 1
    third_party: ThirdParty = ThirdParty.NONE
    liable: int | None = None
    """The share that the third party has to bear, basis points."""
    other_paid: int = 0
    """What a commercial insurer has paid by its split sheet (分割单), fen."""

    @property
    def total(self) -> int:
        """Of all vouchers, fen."""
        return sum(voucher.total for voucher in self.vouchers)


class ClaimLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the bill, as it is on the paper and as the catalogue has it."""

    name: str
    amount: int
    """Fen."""
    item_class: ItemClass = ItemClass.C
    kind: ItemKind = ItemKind.DRUG
    upfront: int | None = None
    limit: int | None = None
    code: str = ""
    restricted: bool = False
    """The catalogue pays it under a condition: the reviewer looks for the proof."""
    decision: LineDecision = LineDecision.OPEN
    accepted: int = 0
    """Fen that a cut line is accepted with."""
    reason: str = ""


def check_claim(claim: ManualClaim) -> None:
    """``InputError`` for a claim that says nothing that could be paid."""
    care = care_of(claim.care)
    if claim.reason not in reasons():
        raise InputError(message("请选为什么没有直接结算"), place="reason")
    if claim.end < claim.start:
        raise InputError(message("出院或就诊的末日不能早于首日"), place="end")
    if not claim.place.name.strip() or len(claim.place.name) > _LONGEST:
        raise InputError(message("请写在哪家机构看的"), place="institution_name")
    if claim.place.institution is None and not re.fullmatch(r"\d{6}", claim.place.area):
        raise InputError(message("请写就医地：六位区划代码"), place="area")
    if not 1 <= len(claim.vouchers) <= _MOST_VOUCHERS:
        raise InputError(message("请写 1 到 {most} 张票据", most=_MOST_VOUCHERS), place="number")
    for voucher in claim.vouchers:
        if not _NUMBER.fullmatch(voucher.number) or not _CODE.fullmatch(voucher.code):
            raise InputError(message("票据的代码和号码是字母和数字"), place="number")
        if voucher.total <= 0:
            raise InputError(message("票据金额应大于 0"), place="total")
    if len({voucher.identity for voucher in claim.vouchers}) < len(claim.vouchers):
        raise InputError(message("同一张票据写了两次"), place="number")
    if care.visit is VisitKind.CHRONIC and not claim.disease:
        raise InputError(message("请选病种"), place="disease")
    if care.code == "delivery" and claim.delivery is None:
        raise InputError(message("请选生育方式"), place="delivery")
    is_alone = claim.third_party is ThirdParty.NONE
    if is_alone is not (claim.liable is None):
        raise InputError(message("有第三人的要写他的责任比例，没有的不写"), place="liable")
    if not 0 <= claim.other_paid < claim.total:
        raise InputError(message("商业保险已付的要小于票据金额"), place="other_paid")
    if claim.liable is not None and not 1 <= claim.liable <= _ALL:
        raise InputError(message("责任比例是 0.01% 到 100%"), place="liable")
