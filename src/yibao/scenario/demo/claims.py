"""Manual claims of a demo: one waits at each post, from the counter to the bank."""

from __future__ import annotations

import datetime
import io

from yibao.access.agencies import agencies_of
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.access.users import SYSTEM, users_of
from yibao.claims.cases import ClaimState
from yibao.claims.forms import CarePlace, ClaimLine, LineDecision, ManualClaim, Voucher
from yibao.claims.operations import decide_lines, file_claim, put_lines
from yibao.claims.sheets import DecidedLine
from yibao.database.unit import Database
from yibao.disbursement.operations import draft_batch
from yibao.disbursement.payees import payee_of
from yibao.insured.enrolment.cover import now
from yibao.office.documents import add_document
from yibao.office.flows import CaseState
from yibao.office.kinds import kind_of
from yibao.office.operations import move_case
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass, VisitKind
from yibao.scenario.demo.logins import names
from yibao.scenario.demo.town import YEAR

_WHO, _HOSPITAL = "zhaoxiulan", "hospital_b"
_UNTIL = (
    CaseState.FILED,
    CaseState.ACCEPTED,
    ClaimState.QUOTED,
    CaseState.REVIEWED,
    ClaimState.SETTLED,
    ClaimState.SETTLED,
)
"""How far each claim is; the first settled one is in a batch that the head has to sign."""
_LINES = (
    ClaimLine(name="床位费", amount=120_000, item_class=ItemClass.A),
    ClaimLine(name="注射用头孢曲松钠", amount=260_000, item_class=ItemClass.B),
    ClaimLine(name="一次性用品", amount=20_000),
)


class _Claims:
    """The staff of the demo and the claims that they work on."""

    def __init__(self, database: Database, library: PolicyLibrary) -> None:
        self.database, self.library, self.at = database, library, now()
        (agency,) = agencies_of(database, SYSTEM)
        self.area = agency.area
        self._actors = {
            row["role"]: Actor(
                row["actor_id"], Role(row["role"]), agency_id=agency.agency, area=agency.area
            )
            for row in users_of(database, SYSTEM)
        }
        self._sent = 0

    def of(self, role: Role) -> Actor:
        return self._actors[role.value]

    def key(self) -> Key:
        self._sent += 1
        return Key("demo", "claim", str(self._sent))

    def move(self, case_id: str, name: str, role: Role) -> None:
        move_case(
            self.database,
            self.library,
            self.key(),
            case_id,
            name,
            actor=self.of(role),
            at=self.at,
        )

    def file(self, number: int) -> str:
        clerk = self.of(Role.CLERK)
        start = datetime.date(YEAR, 12, 1 + number * 4)
        voucher = Voucher(
            code="14060225",
            number=f"{number + 1:08}",
            total=sum(line.amount for line in _LINES),
            day=start,
        )
        claim = ManualClaim(
            reason="fault_of_system",
            care=VisitKind.INPATIENT,
            place=CarePlace(name=names()["institutions"][_HOSPITAL], institution=_HOSPITAL),
            start=start,
            end=start + datetime.timedelta(days=2),
            vouchers=(voucher,),
            payee=payee_of(names()["family"][_WHO], "演示银行", f"62170000{number:08}"),
        )
        answer = file_claim(self.database, self.key(), _WHO, claim, actor=clerk, at=self.at)
        case_id = str(answer["case"])
        for paper in kind_of(answer["kind"]).papers_of(claim):
            if paper.required:
                name = f"{paper.kind}.jpg"
                content = _picture()
                add_document(
                    self.database,
                    self.key(),
                    case_id,
                    paper.kind,
                    name,
                    content,
                    actor=clerk,
                    at=self.at,
                )
        return case_id

    def enter(self, case_id: str) -> None:
        clerk = self.of(Role.CLERK)
        put_lines(self.database, self.library, self.key(), case_id, _LINES, actor=clerk, at=self.at)
        self.move(case_id, "enter", Role.CLERK)

    def review(self, case_id: str) -> None:
        decisions = [DecidedLine(place, LineDecision.ACCEPTED) for place in range(len(_LINES))]
        decide_lines(
            self.database, self.key(), case_id, decisions, actor=self.of(Role.REVIEWER), at=self.at
        )
        self.move(case_id, "review", Role.REVIEWER)


def _picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "JPEG")
    return out.getvalue()


def leave_claims(database: Database, library: PolicyLibrary) -> None:
    """File the claims, and take each as far as the post where it waits."""
    claims = _Claims(database, library)
    is_batched = False
    for number, until in enumerate(_UNTIL):
        case_id = claims.file(number)
        if until is CaseState.FILED:
            continue
        claims.move(case_id, "accept", Role.CLERK)
        if until is CaseState.ACCEPTED:
            continue
        claims.enter(case_id)
        if until is ClaimState.QUOTED:
            continue
        claims.review(case_id)
        if until is CaseState.REVIEWED:
            continue
        claims.move(case_id, "approve", Role.SECOND)
        if not is_batched:
            draft_batch(
                database, claims.key(), claims.area, actor=claims.of(Role.CASHIER), at=claims.at
            )
            is_batched = True
