"""Service guides: every step list is sourced, and nobody is sent to another area's entry."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import yibao
from yibao.errors import InputError, NotFoundError
from yibao.guide import find, guides, load
from yibao.guide.catalogue import Guide
from yibao.guide.reading import load as read

TAIYUAN, SHANXI, CHINA, HENGSHUI, ANHUI = "140100", "140000", "000000", "131100", "340000"
CATALOGUE = load()
PACKAGE = Path(yibao.__file__).parent
DATA = PACKAGE / "guide" / "data"


def fact_ids() -> set[str]:
    """Ids that the source files of the packs define."""
    defined = re.compile(
        r"^\s*(?:-\s*)?\{?\s*(?:id:\s*)?\"?((?:S\d-\d{3})|(?:[OS]-[A-Z]+-\d+))\b", re.M
    )
    files = sorted((PACKAGE / "packs" / "sources").glob("**/*.yaml"))
    return {name for file in files for name in defined.findall(file.read_text(encoding="utf-8"))}


def cited() -> set[str]:
    ids = set(CATALOGUE.notice.sources)
    for guide in CATALOGUE.all_guides:
        ids.update(guide.sources)
        for warn in guide.warnings:
            ids.update(warn.sources)
    return ids


def ids(guides: tuple[Guide, ...]) -> list[str]:
    return [guide.id for guide in guides]


def test_every_cited_fact_exists() -> None:
    known = fact_ids()
    assert known, "packs/sources defines no facts"
    assert cited() - known == set()


@pytest.mark.parametrize("guide", CATALOGUE.all_guides, ids=lambda guide: guide.id)
def test_a_guide_is_whole(guide: Guide) -> None:
    assert len(guide.steps) >= 2
    assert guide.sources
    assert guide.audience
    assert guide.first_seen <= guide.last_checked
    assert guide.id.endswith(f"{guide.channel}_{guide.area}")
    if guide.task in ("pay_resident", "pay_flexible"):
        # The article asks to check these three before paying (S1-011).
        assert {"姓名", "身份证号", "参保地"} <= set(guide.check)
        assert "S1-011" in guide.sources


def test_the_question_finds_online_payment_for_the_city_nearest_area_first() -> None:
    assert ids(find("太原医保网上缴费怎么操作")) == [
        "resident_wechat_public_account_140000",
        "resident_wechat_city_service_140000",
        "resident_alipay_140000",
        "flexible_wechat_public_account_140000",
        "flexible_wechat_city_service_140000",
        "flexible_alipay_140000",
        "flexible_bank_app_140000",
        "resident_government_app_000000",
        "resident_wechat_e_credential_000000",
        "resident_unionpay_000000",
        "resident_bank_app_000000",
    ]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("太原缴费记录怎么查", "contribution_wechat_public_account_140100"),
        ("太原医保卡余额怎么查", "account_website_140100"),
        ("在太原怎么查就医记录", "visits_wechat_public_account_140100"),
        ("太原家庭共济怎么绑定", "bind_wechat_public_account_140100"),
        ("太原灵活就业怎么缴费", "flexible_wechat_public_account_140000"),
        ("山西的共济记录在哪里看", "aid_query_website_140000"),
        ("山西医保余额可以给家人交医保吗", "premium_wechat_public_account_140000"),
        ("太原人去外地看病怎么备案", "filing_national_app_140100"),
        ("太原没直接结算怎么报销", "claim_counter_140100"),
        ("衡水门诊共济怎么查", "aid_query_mini_program_131100"),
        ("医保电子凭证怎么激活", "credential_wechat_e_credential_000000"),
        ("云闪付怎么交医保", "resident_unionpay_000000"),
        ("医保钱包怎么转", "wallet_national_app_000000"),
    ],
)
def test_a_question_finds_its_guide_first(question: str, first: str) -> None:
    assert ids(find(question))[0] == first


def test_a_longer_word_covers_a_shorter_one() -> None:
    assert {guide.task for guide in find("太原缴费记录怎么查")} == {"query_contribution"}
    assert {guide.task for guide in find("太原灵活就业怎么缴费")} == {"pay_flexible"}


def test_a_channel_in_the_question_narrows_and_one_in_the_call_binds() -> None:
    assert ids(find("太原支付宝交医保")) == ["resident_alipay_140000", "flexible_alipay_140000"]
    # No self-service payment is recorded: the words of a question are dropped, an option is not.
    assert find("太原自助机缴费") == find("缴费", area=TAIYUAN)
    assert find("缴费", area=TAIYUAN, channel="self_service") == ()


def test_pinyin_names_a_task_but_a_sound_names_no_area() -> None:
    assert ids(find("zenme jihuo")) == ids(find("怎么激活"))
    assert ids(find("taiyuan zenme jihuo")) == ids(find("太原怎么激活"))
    # 陕西 sounds like 山西: nobody is sent to another area's entry for it.
    assert {guide.area for guide in find("陕西怎么缴费")} == {CHINA}


def test_only_national_guides_without_an_area() -> None:
    assert {guide.area for guide in find("怎么缴费")} == {CHINA}


def test_several_areas_in_a_question_are_not_guessed() -> None:
    with pytest.raises(InputError, match=r"太原市.*北京市|北京市.*太原市"):
        find("太原医保在北京看病怎么备案")
    assert find("太原医保在北京看病怎么备案", area=TAIYUAN)[0].id == "filing_national_app_140100"


def test_the_nearest_area_stands_for_its_task_and_channel() -> None:
    assert ids(guides(TAIYUAN, "filing", "national_app")) == ["filing_national_app_140100"]
    assert ids(guides(SHANXI, "filing", "national_app")) == ["filing_national_app_140000"]
    assert ids(guides("佛山", "filing", "national_app")) == ["filing_national_app_000000"]


def test_shanxi_is_never_sent_to_another_areas_entry() -> None:
    shanxi = CATALOGUE.chain(TAIYUAN)
    foreign = {
        name
        for guide in CATALOGUE.all_guides
        for warn in guide.warnings
        if warn.area is not None
        for name in warn.names
    }
    assert {"皖事通", "随申办", "合肥医保"} <= foreign
    # Entries of guides that belong elsewhere are as foreign as those that an article names.
    local = {guide.entry for guide in guides(TAIYUAN)}
    foreign |= {guide.entry for guide in CATALOGUE.all_guides if guide.area not in shanxi} - local
    for area in (TAIYUAN, SHANXI):
        for guide in guides(area):
            assert guide.area in shanxi
            offered = " ".join((guide.title.zh, guide.entry, *guide.steps, *guide.prepare))
            assert [name for name in foreign if name in offered] == []


def test_another_areas_entry_is_flagged_outside_it_only() -> None:
    guide = guides(TAIYUAN, "pay_resident", "government_app")[0]
    assert [warn.names for warn in CATALOGUE.warnings(guide, TAIYUAN)] == [("皖事通",), ("随申办",)]
    assert [warn.names for warn in CATALOGUE.warnings(guide, ANHUI)] == [("随申办",)]


def test_the_hotline_is_the_medical_insurance_one() -> None:
    assert CATALOGUE.notice.hotline == "12393"
    assert CATALOGUE.notice.disputes == ("K37",)
    for guide in CATALOGUE.all_guides:
        assert "12333" not in " ".join((guide.entry, *guide.steps, *guide.prepare))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: guides("510100"), "太原市 140100"),
        (lambda: guides(TAIYUAN, "divorce"), "pay_resident"),
        (lambda: guides(TAIYUAN, None, "fax"), "alipay"),
        (lambda: find("今天天气怎么样"), "异地就医备案"),
    ],
)
def test_the_unknown_is_named_with_what_exists(call, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotFoundError, match=says):
        call()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("task: pay_resident", "task: pay_nobody", r"guides_payment.yaml 第 3 行.*pay_nobody"),
        ('area: "140000"', 'area: "999999"', r"第 5 行.*999999"),
        ("audience: [resident]", "audience: [anybody]", "anybody"),
        ("last_checked: 2026-11-21", "last_checked: 2020-01-01", "早于"),
        ("  result: ", "  outcome: ", "outcome"),
    ],
)
def test_a_fault_in_the_data_names_file_and_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    file = folder / "guides_payment.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read(folder)


def test_a_guide_written_twice_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    shutil.copy(folder / "guides_care.yaml", folder / "guides_more.yaml")
    with pytest.raises(InputError, match="写了两次"):
        read(folder)


def test_names_agree_with_the_packs() -> None:
    for file in (PACKAGE / "packs").glob("**/area.yaml"):
        text = file.read_text(encoding="utf-8")
        code = re.search(r'^code: "(\d{6})"', text, re.M)
        name = re.search(r"^name: \{zh: ([^,}]+)", text, re.M)
        if code and name and code[1] in CATALOGUE.areas:
            assert CATALOGUE.areas[code[1]].name.zh == name[1]
