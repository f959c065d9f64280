"""Numbers of certificates: what they say, which cannot be, and who can be registered by them."""

from __future__ import annotations

import datetime
from importlib.resources import files

import pytest

from yibao.errors import InputError
from yibao.gateway.fields import codes, terms
from yibao.insured.people.certificates import (
    RESIDENT,
    certificate_kinds,
    check_character,
    read_number,
    tidied,
    written_forms,
)
from yibao.policy.kinds import Sex

DAY = datetime.date.fromisoformat


def resident(county: str, birth: str, order: str = "002") -> str:
    """A resident's number that holds."""
    body = f"{county}{birth}{order}"
    return body + check_character(body)


def counties() -> list[str]:
    """Every county code that the table of all times holds."""
    known: list[str] = []
    for line in files("stdnum.cn").joinpath("loc.dat").read_text("utf-8").splitlines():
        if line[:2].isdigit():
            province = line[:2]
        elif line[:1] == " " and "county" in line and province < "80":
            known.append(province + line.split()[0])
    return known


def test_every_county_code_registers_whoever_was_born_in_whatever_year() -> None:
    known = counties()
    assert len(known) > 3_000
    refused = []
    for code in known:
        for birth in ("19400101", "19500615", "19820228", "20240229"):
            try:
                read = read_number(RESIDENT, resident(code, birth))
            except InputError as error:
                refused.append((code, birth, str(error)))
            else:
                assert read.notes == ()
                assert read.births == (DAY(f"{birth[:4]}-{birth[4:6]}-{birth[6:]}"),)
    assert refused == []


@pytest.mark.parametrize("county", ["140102", "140103", "140104", "140112", "140113"])
def test_people_of_taiyuan_born_before_numbers_were_given_out(county: str) -> None:
    for year in range(1940, 1983):
        read = read_number(RESIDENT, resident(county, f"{year}0315"))
        assert (read.sex, read.births) == (Sex.FEMALE, (datetime.date(year, 3, 15),))


def test_an_unknown_county_is_a_note() -> None:
    read = read_number(RESIDENT, resident("149999", "19800315"))
    assert ["149999" in str(note) for note in read.notes] == [True]


def test_fifteen_digits_are_read_into_eighteen_with_a_note() -> None:
    read = read_number(RESIDENT, "140102 500615 001")
    assert read.number == resident("140102", "19500615", "001")
    assert (read.sex, read.births) == (Sex.MALE, (DAY("1950-06-15"),))
    assert ["15 位" in str(note) for note in read.notes] == [True]
    centenarian = read_number(RESIDENT, "140102980615996")
    assert centenarian.births == (DAY("1898-06-15"),)
    with pytest.raises(InputError, match="出生日期不存在"):
        read_number(RESIDENT, "140102501315001")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("14010219500615", "应有 18 位"),
        ("1401021950061500A1", "前 17 位应是数字"),
        ("14010219500231" + "0010", "校验位"),
        (resident("140102", "19500231"), "出生日期不存在"),
        (resident("140102", "19501301"), "出生日期不存在"),
        (resident("140102", "20990101"), "还没有到"),
        ("１４０１０２１９５００６１５００2٣", "前 17 位应是数字"),
        ("", "应有 18 位"),
    ],
)
def test_what_cannot_be_a_resident_number(number: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_number(RESIDENT, number)


def test_every_slip_of_one_digit_is_seen() -> None:
    number = resident("140105", "19800315")
    for place in range(18):
        for digit in "0123456789X":
            slipped = number[:place] + digit + number[place + 1 :]
            if slipped != number:
                with pytest.raises(InputError):
                    read_number(RESIDENT, slipped)


def test_a_number_has_one_form_however_it_is_written() -> None:
    number = ending_in_x()
    wide = number.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789X"})
    forms = {number, number.lower(), f" {number[:6]} {number[6:]} ", wide}
    assert len(forms) == 4
    assert {read_number(RESIDENT, form).number for form in forms} == {number}
    assert {written_forms(RESIDENT, form) for form in forms} == {(number,)}
    assert tidied(wide) == number


def ending_in_x() -> str:
    """A resident's number whose check character is X."""
    numbers = (resident("140105", "19800315", f"{order:03d}") for order in range(100))
    return next(number for number in numbers if number.endswith("X"))


def foreign(old: str) -> str:
    """A foreigner's number of the form until 2023 with its check digit."""
    total = sum(int(sign, 36) * (7, 3, 1)[place % 3] for place, sign in enumerate(old))
    return f"{old}{total % 10}"


def test_residence_permits_of_foreigners_of_both_forms() -> None:
    recent = resident("914840", "19850623", "013")
    read = read_number("permanent_residence", recent)
    assert (read.number, read.sex, read.births) == (recent, Sex.MALE, (DAY("1985-06-23"),))
    old = foreign("USA31108506230")
    read = read_number("permanent_residence", old.lower())
    assert (read.number, read.sex, read.births) == (old, Sex.FEMALE, (DAY("1985-06-23"),))
    assert read_number("permanent_residence", foreign("USA31100506230")).births == (
        DAY("2005-06-23"),
        DAY("1905-06-23"),
    )


def test_residence_permits_of_hong_kong_macao_and_taiwan() -> None:
    for start in ("810000", "820000", "830000"):
        number = resident(start, "19900704", "123")
        read = read_number("residence_permit", number)
        assert (read.number, read.sex, read.births) == (number, Sex.MALE, (DAY("1990-07-04"),))


@pytest.mark.parametrize(
    ("certificate", "written", "number"),
    [
        ("travel_permit", "h12345678", "H12345678"),
        ("travel_permit", "M1234567802", "M12345678"),  # renewed twice, the same person
        ("travel_permit", "12345678", "12345678"),
        ("travel_permit", "1234567801(B)", "12345678"),
        ("travel_permit", "KJ0123456", "KJ0123456"),
        ("passport", "c01x0006h", "C01X0006H"),
        ("chinese_passport", "ea1234567", "EA1234567"),
        ("chinese_passport", "G12345678", "G12345678"),
        ("officer_card", "南字第01234567号", "南字第01234567号"),
        ("armed_police_card", "武字第01234567号", "武字第01234567号"),
        ("birth_certificate", "u140000001", "U140000001"),
        ("social_security_card", "a12345678", "A12345678"),
        ("other", "甲-001", "甲-001"),
    ],
)
def test_certificates_whose_numbers_only_have_a_look(
    certificate: str, written: str, number: str
) -> None:
    read = read_number(certificate, written)
    assert (read.number, read.sex, read.births) == (number, None, ())


def test_a_disability_card_says_what_the_identity_number_says() -> None:
    number = resident("140105", "19800315")
    read = read_number("disability_card", f"{number}43B1")
    assert (read.number, read.sex, read.births) == (
        f"{number}43B1",
        Sex.FEMALE,
        (DAY("1980-03-15"),),
    )


@pytest.mark.parametrize(
    ("certificate", "number", "said"),
    [
        (RESIDENT, resident("810000", "19900704"), "港澳台居民居住证的号码"),
        (RESIDENT, resident("914840", "19850623"), "外国人永久居留身份证的号码"),
        ("residence_permit", resident("140105", "19900704"), "应以 810000"),
        ("residence_permit", resident("810000", "19900704")[:-1] + "Y", "末位"),
        ("residence_permit", "H12345678", "应有 18 位"),
        ("permanent_residence", resident("140105", "19900704"), "以 9 开头"),
        ("permanent_residence", foreign("USA31108506230")[:-1] + "X", "12 位数字"),
        ("permanent_residence", foreign("USA31108513230"), "出生日期不存在"),
        ("permanent_residence", "USA311085062300", "校验位"),
        ("permanent_residence", "USA3110850623", "15 或 18 位"),
        ("travel_permit", "H1234567", "8 位或 10 位"),
        ("travel_permit", "X12345678", "8 位或 10 位"),
        ("chinese_passport", "X12345678", "E12345678"),
        ("passport", "E123", "5 到 20 位"),
        ("birth_certificate", "14000001", "1 个字母加 9 位数字"),
        ("officer_card", "军官", "01234567"),
        ("disability_card", resident("140105", "19800315"), "1 位类别"),
        ("disability_card", resident("140105", "19800231") + "43", "出生日期不存在"),
        ("other", "x", "4 到 40"),
        ("library_card", "1234", "证件类型"),
    ],
)
def test_what_cannot_be_a_number_of_its_kind(certificate: str, number: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_number(certificate, number)


def test_every_certificate_of_the_interface_can_be_registered() -> None:
    """Each code of psn_cert_type has its kind, and each kind its code."""
    of_interface = codes()["psn_cert_type"]["codes"]
    kinds = terms()["psn_cert_type"]
    assert set(kinds) == set(of_interface)
    assert set(kinds.values()) == set(certificate_kinds())
