"""What a fact may be, by name: one enum for each choice that packs, rows and roads share.

Each member is its plain text (``StrEnum``): JSON, YAML keys, SQL, Arrow and pages see
``resident``, and ``Scheme("resident")`` reads it back or raises ``ValueError``.  The order
of members is the order of the keys of a parameter (``keys.py``), so a new member goes last.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from yibao.errors import InputError
from yibao.messages import Listed, message

Kind = TypeVar("Kind", bound=StrEnum)


class TextEnum(StrEnum):
    """A text of a fixed list, written out (``repr``) as text, which hashes of content use."""

    def __repr__(self) -> str:
        return repr(self.value)


def member(kind: type[Kind], text: str, place: str = "") -> Kind:
    """The member written ``text``; ``InputError`` names the choices where there is none."""
    try:
        return kind(text)
    except ValueError:
        raise InputError(
            message("{text} 不认识，可以写：{choices}", text=repr(text), choices=Listed(kind)),
            place=place,
        ) from None


class Scheme(TextEnum):
    """险种: which insurance."""

    RESIDENT = "resident"
    EMPLOYEE = "employee"


class Status(TextEnum):
    """Standing inside the employee scheme."""

    WORKING = "working"
    RETIRED = "retired"


class Member(TextEnum):
    """Benefit standing: the resident scheme, or a status inside the employee scheme."""

    RESIDENT = "resident"
    WORKING = "working"
    RETIRED = "retired"


class ContributionClass(TextEnum):
    """Who pays an employee's contribution: the employer, or the person (灵活就业)."""

    EMPLOYER = "employer"
    FLEXIBLE = "flexible"


class Contributor(TextEnum):
    """参保类型: a scheme, or the person who works flexibly in the employee scheme."""

    RESIDENT = "resident"
    EMPLOYEE = "employee"
    FLEXIBLE = "flexible"


class Sex(TextEnum):
    """Sex as registered."""

    MALE = "male"
    FEMALE = "female"


class Care(TextEnum):
    """就医类别: whose terms a visit comes under."""

    OUTPATIENT = "outpatient"
    INPATIENT = "inpatient"
    CHRONIC = "chronic"


class VisitKind(TextEnum):
    """What a visit is."""

    OUTPATIENT = "outpatient"
    INPATIENT = "inpatient"
    CHRONIC = "chronic"
    PHARMACY = "pharmacy"
    MATERNITY = "maternity"


class Setting(TextEnum):
    """Where an item of the catalogue is used: outpatient or inpatient."""

    OUTPATIENT = "outpatient"
    INPATIENT = "inpatient"


class Place(TextEnum):
    """Where the care happens, with the filing that covers it."""

    HOME = "home"
    IN_PROVINCE = "in_province"
    LONG_STAY = "long_stay"
    REFERRAL = "referral"
    EMERGENCY = "emergency"
    OTHER_TEMPORARY = "other_temporary"


class FilingKind(TextEnum):
    """What is filed: cross-region care of one kind, or a chronic disease."""

    LONG_STAY = "long_stay"
    REFERRAL = "referral"
    EMERGENCY = "emergency"
    OTHER_TEMPORARY = "other_temporary"
    CHRONIC = "chronic"


class RelationKind(TextEnum):
    """What the grantee of mutual aid is to the grantor."""

    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    MATERNAL_GRANDPARENT = "maternal_grandparent"
    GRANDCHILD = "grandchild"
    MATERNAL_GRANDCHILD = "maternal_grandchild"


class HospitalGrade(TextEnum):
    """医院等级, best first; ``3S`` is 三级特等."""

    GRADE_3S = "3S"
    GRADE_3A = "3A"
    GRADE_3B = "3B"
    GRADE_3C = "3C"
    GRADE_2A = "2A"
    GRADE_2B = "2B"
    GRADE_2C = "2C"
    GRADE_1A = "1A"
    GRADE_1B = "1B"
    GRADE_1C = "1C"
    UNGRADED = "ungraded"


class InstitutionRank(TextEnum):
    """隶属: whose institution it is."""

    PROVINCE = "of_province"
    CITY = "of_city"
    DISTRICT = "of_district"
    COUNTY = "of_county"
    TOWNSHIP = "of_township"


class InstitutionKind(TextEnum):
    """What a designated institution is; ``community`` is a community clinic.

    A hospital for tuberculosis or psychiatry alone is one of its own where a pack says so."""

    HOSPITAL = "hospital"
    PHARMACY = "pharmacy"
    COMMUNITY = "community"
    VILLAGE_CLINIC = "village"
    TUBERCULOSIS_HOSPITAL = "tb"
    PSYCHIATRIC_HOSPITAL = "psychiatry"


HOSPITALS = (
    InstitutionKind.HOSPITAL,
    InstitutionKind.TUBERCULOSIS_HOSPITAL,
    InstitutionKind.PSYCHIATRIC_HOSPITAL,
)


class ItemGroup(TextEnum):
    """Groups of items of which the fund may pay more; ``chinese_medicine``: 中药汤剂、针灸."""

    ESSENTIAL_DRUG = "essential_drug"
    CHINESE_MEDICINE = "chinese_medicine"


class Channel(TextEnum):
    """How a visit is settled: at the counter, or by a claim with documents."""

    DIRECT = "direct"
    MANUAL = "manual"


class ItemClass(TextEnum):
    """目录 甲/乙/丙."""

    A = "A"
    B = "B"
    C = "C"


class ItemKind(TextEnum):
    """What a charged line is."""

    DRUG = "drug"
    SERVICE = "service"
    CONSUMABLE = "consumable"
    IMPORTED_CONSUMABLE = "imported_consumable"


class Delivery(TextEnum):
    """How a pregnancy ended."""

    VAGINAL = "vaginal"
    CAESAREAN = "caesarean"
    MISCARRIAGE = "miscarriage"
    ASSISTED = "assisted"
    """Vaginal, with forceps and the like."""
    HIGH_RISK_MISCARRIAGE = "high_risk_miscarriage"
    DRUG_MISCARRIAGE = "drug_miscarriage"


BIRTHS = (Delivery.VAGINAL, Delivery.CAESAREAN, Delivery.ASSISTED)
MISCARRIAGES = (Delivery.MISCARRIAGE, Delivery.HIGH_RISK_MISCARRIAGE, Delivery.DRUG_MISCARRIAGE)


class ClosingReason(TextEnum):
    """Why a personal account is closed: death, settling abroad, the end of the insurance here."""

    DEATH = "death"
    ABROAD = "abroad"
    ENDED = "ended"


class SourceGrade(TextEnum):
    """How good a source is, best first."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class ValueStatus(TextEnum):
    """Whether a value of a pack is sourced, assumed with a basis, or set aside unused."""

    SOURCED = "sourced"
    ASSUMED = "assumed"
    QUARANTINED = "quarantined"


class Handling(TextEnum):
    """What became of a gap of the sources: closed since, assumed with a basis, or refused."""

    FOUND = "found"
    ASSUMED = "assumed"
    REFUSED = "refused"
