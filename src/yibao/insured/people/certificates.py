"""What a certificate's number says, and whether it can be one; ``certificates.yaml``.

A number is refused only for what is wrong in itself: its length, its characters, its date,
its check character.  Numbers were first given out in 1984 with the county codes of that day,
so that no code is too old or too new for a birth: one that nobody knows is a note.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml
from stdnum import numdb

from yibao.errors import InputError
from yibao.insured.enrolment.cover import civil_day, now
from yibao.messages import Listed, Message, message
from yibao.policy.kinds import Sex

RESIDENT = "resident_identity_card"
_CENTENARIANS = ("996", "997", "998", "999")
"""Orders of old numbers that were kept for people born before 1900."""
_MODULO = "10X98765432"
_LEAST, _MOST = 4, 40
_WEIGHTS = tuple(2 ** (17 - place) for place in range(17))


@dataclass(frozen=True, slots=True)
class CertificateNumber:
    """A number that holds, in its one written form, and what it says of the person."""

    certificate: str
    number: str
    sex: Sex | None = None
    births: tuple[datetime.date, ...] = ()
    """Days on which the person can have been born; none where the number does not say."""
    notes: tuple[Message, ...] = ()
    """What is worth a second look, and what was put right."""


@cache
def certificate_kinds() -> dict[str, dict[str, Any]]:
    """The kinds of certificates by name."""
    text = files("yibao.insured.people").joinpath("certificates.yaml").read_text(encoding="utf-8")
    kinds: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return kinds


def family(certificate: str) -> str:
    """The kind under which a number is found: that with which it shares its numbers."""
    return str(certificate_kinds().get(certificate, {}).get("as", certificate))


def tidied(number: str) -> str:
    """A number as it is compared: no spaces, half width, capitals."""
    return "".join(unicodedata.normalize("NFKC", number).split()).upper()


def written_forms(certificate: str | None, number: str) -> tuple[str, ...]:
    """The forms in which a number may be on record: its own, then as it was written.

    ``certificate``: None where the kind is not known.  Never refuses: what nobody can
    register is nobody's.
    """
    plain = tidied(number)
    try:
        read = read_number(certificate or RESIDENT, plain).number
    except InputError:
        return (plain,)
    return tuple(dict.fromkeys((read, plain)))


def read_number(certificate: str, number: str) -> CertificateNumber:
    """What a number says; ``InputError`` says what is wrong with one that cannot be."""
    kind = certificate_kinds().get(certificate)
    if kind is None:
        raise InputError(
            message(
                "不认识的证件类型 {certificate}，可以写：{kinds}",
                certificate=certificate,
                kinds=Listed(certificate_kinds()),
            )
        )
    plain = tidied(number)
    check = kind.get("check")
    if check == "resident_identity":
        return _resident(certificate, plain)
    if check == "regional_residence":
        return _regional(certificate, plain)
    if check == "foreign_residence":
        return _foreign(certificate, plain)
    if check == "disability":
        return _disability(certificate, plain)
    return _patterned(certificate, kind, plain)


def sex_and_birth(
    read: CertificateNumber, sex: str | None, birth: datetime.date | None
) -> tuple[Sex, datetime.date]:
    """As the number says them where it does; ``InputError`` where something else was said."""
    if read.births and birth is not None and birth not in read.births:
        raise InputError(
            message(
                "出生日期 {birth} 与证件号码里的 {said_birth} 不符，请核对",
                birth=birth,
                said_birth=read.births[0],
            )
        )
    if read.sex is not None and sex is not None and sex != read.sex:
        raise InputError(message("性别与证件号码不符，请核对"))
    sex = read.sex or sex
    if birth is None and len(read.births) == 1:
        birth = read.births[0]
    if birth is None or sex is None:
        raise InputError(message("这种证件的号码不含性别或出生日期，请一并填写"))
    if sex not in tuple(Sex):
        raise InputError(message("性别写 male 或 female，不是 {sex}", sex=sex))
    return Sex(sex), birth


def check_character(body: str) -> str:
    """The last character after 17 digits (GB 11643: ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return _MODULO[total % 11]


# --- kinds of numbers ----------------------------------------------------------------------------


def _resident(certificate: str, plain: str) -> CertificateNumber:
    notes: list[Message] = []
    if len(plain) == 15 and _digits(plain):
        century = "18" if plain[12:] in _CENTENARIANS else "19"
        body = f"{plain[:6]}{century}{plain[6:]}"
        plain = body + check_character(body)
        notes.append(message("15 位的旧号码，按 18 位登记和查找"))
    name = message("居民身份证")
    _require_18(plain, name)
    if plain[0] == "9" or plain.startswith(_regional_starts()):
        other = "permanent_residence" if plain[0] == "9" else "residence_permit"
        raise InputError(
            message(
                "这是{kind}的号码，不是居民身份证的，请改证件类型",
                kind=certificate_kinds()[other]["zh"],
            )
        )
    if not _county_known(plain):
        notes.append(
            message("不认识号码里的地区码 {code}，没有因此拒绝，请看一眼证件", code=plain[:6])
        )
    return CertificateNumber(certificate, plain, _sex(plain[16]), _born(plain, name), tuple(notes))


def _regional(certificate: str, plain: str) -> CertificateNumber:
    name = message("港澳台居民居住证")
    _require_18(plain, name)
    if not plain.startswith(_regional_starts()):
        raise InputError(
            message("港澳台居民居住证号码应以 {starts} 开头", starts=Listed(_regional_starts()))
        )
    return CertificateNumber(certificate, plain, _sex(plain[16]), _born(plain, name))


def _foreign(certificate: str, plain: str) -> CertificateNumber:
    name = message("外国人永久居留身份证")
    if len(plain) == 15:
        return _foreign_of_15(certificate, plain)
    _require_18(plain, name, message("15 或 18 位"))
    if plain[0] != "9":
        raise InputError(message("外国人永久居留身份证 18 位的号码以 9 开头，请核对"))
    return CertificateNumber(certificate, plain, _sex(plain[16]), _born(plain, name))


def _foreign_of_15(certificate: str, plain: str) -> CertificateNumber:
    """The form until 2023: nationality, place, YYMMDD, order, check digit as on passports."""
    if not (plain[:3].isascii() and plain[:3].isalpha() and _digits(plain[3:])):
        raise InputError(
            message("外国人永久居留身份证 15 位的号码应是 3 个字母加 12 位数字，请核对")
        )
    total = sum(
        int(sign, 36) * (7, 3, 1)[place % 3] for place, sign in enumerate(plain[:14])
    )  # letters count from 10
    if str(total % 10) != plain[14]:
        raise InputError(
            message("{name}号码的校验位不对，请逐位核对", name=message("外国人永久居留身份证"))
        )
    births = tuple(
        birth
        for century in ("20", "19")
        if (birth := _day(century + plain[7:13])) is not None and birth <= _today()
    )
    if not births:
        raise _no_such_day(message("外国人永久居留身份证"))
    return CertificateNumber(certificate, plain, _sex(plain[13]), births)


def _disability(certificate: str, plain: str) -> CertificateNumber:
    match = re.fullmatch(r"(\d{17}[\dX])[1-7][1-4](B\d)?", plain, re.ASCII)
    if match is None:
        raise InputError(
            message("残疾人证号码应是 18 位身份证号码加 1 位类别、1 位等级（补发的再加 B 和次数）")
        )
    read = _resident(certificate, match[1])
    return CertificateNumber(certificate, plain, read.sex, read.births, read.notes)


def _patterned(certificate: str, kind: dict[str, Any], plain: str) -> CertificateNumber:
    pattern = kind.get("pattern")
    if pattern is None:
        if not (_LEAST <= len(plain) <= _MOST and plain.isprintable()):
            raise InputError(message("{name}号码应为 4 到 40 个字，请核对", name=kind["zh"]))
        return CertificateNumber(certificate, plain)
    if re.fullmatch(pattern, plain, re.ASCII) is None:
        raise InputError(
            message("{name}号码应是{form}，请核对", name=kind["zh"], form=kind["form"])
        )
    for of_form, length in kind.get("keep", {}).items():
        if re.fullmatch(of_form, plain, re.ASCII):
            shortened = message("末尾是换证次数，按前 {count} 位登记和查找", count=length)
            return CertificateNumber(certificate, plain[:length], notes=(shortened,))
    return CertificateNumber(certificate, plain)


# --- parts of a number ---------------------------------------------------------------------------


def _require_18(plain: str, name: Message, length: Message | None = None) -> None:
    if len(plain) != 18:
        raise InputError(
            message("{name}号码应有 {length}，请核对", name=name, length=length or message("18 位"))
        )
    if not _digits(plain[:17]) or plain[17] not in _MODULO:
        raise InputError(message("{name}号码前 17 位应是数字，末位是数字或 X，请核对", name=name))
    if check_character(plain[:17]) != plain[17]:
        raise InputError(message("{name}号码的校验位不对，请逐位核对", name=name))


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _sex(order: str) -> Sex:
    return Sex.MALE if int(order) % 2 else Sex.FEMALE


def _born(plain: str, name: Message) -> tuple[datetime.date, ...]:
    birth = _day(plain[6:14])
    if birth is None or birth > _today():
        raise _no_such_day(name)
    return (birth,)


def _no_such_day(name: Message) -> InputError:
    return InputError(message("{name}号码里的出生日期不存在或还没有到，请核对", name=name))


def _day(digits: str) -> datetime.date | None:
    try:
        return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _today() -> datetime.date:
    return civil_day(now())


def _county_known(plain: str) -> bool:
    """Whether the county code was ever in use, whenever that was."""
    return _is_county(plain[:6])


@lru_cache(maxsize=8_192)
def _is_county(code: str) -> bool:
    return any("county" in properties for _, properties in numdb.get("cn/loc").info(code))


def _regional_starts() -> tuple[str, ...]:
    return tuple(certificate_kinds()["residence_permit"]["starts"])
