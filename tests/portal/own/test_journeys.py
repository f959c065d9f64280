"""我要查 and 我要办 as a person without script goes through them, to the fen."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select
from starlette.applications import Starlette

from yibao.aid.tables import aid_grant
from yibao.database.unit import Database
from yibao.insured.payments.channels import SandboxChannel
from yibao.insured.people.finding import full_numbers
from yibao.insured.tables import order_
from yibao.ledger.tables import account
from yibao.portal.own import papers

from .conftest import ADDRESS, Caller, hidden, words_of

Enter = Callable[[str], Caller]

PAY = {
    "payee": "newcomer",
    "scheme": "resident",
    "year": "2026",
    "channel": "wechat",
    "months": "1",
    "month": "2026-11",
    "base": "",
}


def words(page: bytes) -> str:
    return "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page)).pages)


def orders(store: Database) -> int:
    return store.read(lambda unit: unit.run(select(func.count()).select_from(order_)).scalar_one())


def balance(store: Database, person: str) -> int:
    return store.read(
        lambda unit: unit.run(
            select(account.c.balance).where(account.c.person_id == person)
        ).scalar_one()
    )


def _plain(row: str) -> str:
    return words_of("<main" + row)


# --- paying --------------------------------------------------------------------------------------


def _recap(caller: Caller, **changed: str) -> dict[str, str]:
    """The confirming form after the questions were answered."""
    page = caller.follow("/own/pay", caller.form("/own/pay") | PAY | changed)
    assert "还没有办" in page
    return hidden(page)


def test_paying_for_oneself_shows_what_is_due_first_and_gives_a_receipt(
    newcomer: Caller, store: Database
) -> None:
    caller = newcomer
    before = orders(store)
    form = _recap(caller)
    assert orders(store) == before
    page = caller.follow("/own/pay", form)
    assert "已缴清" in page
    assert orders(store) == before + 1
    # What each line rests on: the source's title, and the page that has it whole.
    sources = re.findall(r'href="/policy/source/([^"]+)"', page)
    assert re.search(rf"个人缴费\s*{sources[0]}\s+\S", words_of(page))
    assert all(caller.get(f"/policy/source/{source}").status_code == 200 for source in sources)
    number = re.search(r"收据编号\s*(\d{28})", words_of(page))
    assert number is not None
    (pdf,) = re.findall(r'href="(/own/receipts/[^"]+)"', page)
    paper = caller.get(pdf)
    assert paper.headers["content-type"] == "application/pdf"
    text = words(paper.content)
    for expected in (number[1], "缴费收据", "张敏", "2026 年", "400.00", "12393"):
        assert expected in text
    told = caller.get(f"/verify?number={number[1]}").text
    assert "是本服务开出的收据" in told
    assert "400.00 元" in words_of(told)
    assert "张" not in told.partition("<main")[2]


def test_sent_twice_it_is_paid_once(newcomer: Caller, store: Database) -> None:
    caller = newcomer
    before = orders(store)
    form = _recap(caller)
    first = caller.follow("/own/pay", form)
    again = caller.follow("/own/pay", form)
    assert orders(store) == before + 1
    assert first == again


def test_paying_for_a_relative(newcomer: Caller, enter: Enter, store: Database) -> None:
    caller = enter("zhangwei")
    page = caller.follow("/own/pay", _recap(caller))
    assert "已缴清" in page
    assert "张*" in page
    assert "收据（PDF）" not in page  # a sister's receipt is hers
    assert "收据" in enter("newcomer").get("/own/contributions").text


def test_nobody_pays_for_a_stranger(enter: Enter, store: Database) -> None:
    caller = enter("zhangmin")
    before = orders(store)
    form = caller.form("/own/pay") | PAY | {"payee": "w001"}
    page = caller.follow("/own/pay", form, 422)
    assert "没有这个选项" in page
    assert orders(store) == before


@pytest.mark.parametrize(
    ("behaviour", "said", "after"),
    [
        ("fail", "支付失败", "没有扣钱"),
        ("time_out", "渠道没有回应", "支付失败"),
        ("time_out_paid", "渠道没有回应", "已缴清"),
        ("pay_twice", "已缴清", ""),
    ],
)
def test_what_a_channel_may_do(
    newcomer: Caller,
    channels: dict[str, SandboxChannel],
    behaviour: str,
    said: str,
    after: str,
) -> None:
    caller = newcomer
    channels["wechat"].behaviour = behaviour
    page = caller.follow("/own/pay", _recap(caller))
    assert said in page
    if "再查一次" in page:
        channels["wechat"].behaviour = "succeed"
        (path,) = re.findall(r'action="(/own/orders/[^"]+/again)"', page)
        page = caller.follow(path, hidden(page))
    assert after in page
    if behaviour == "pay_twice":
        assert len(channels["wechat"].refunded) == 1


def test_paid_already_is_said_before_anything_is_done(newcomer: Caller, store: Database) -> None:
    caller = newcomer
    caller.follow("/own/pay", _recap(caller))
    count = orders(store)
    page = caller.follow("/own/pay", caller.form("/own/pay") | PAY, 409)
    assert "已经缴过" in page
    assert orders(store) == count


def test_a_slip_for_the_counter(newcomer: Caller) -> None:
    caller = newcomer
    page = caller.follow("/own/pay", _recap(caller, channel="counter_slip"))
    assert "待支付" in page
    (slip,) = re.findall(r'href="(/own/orders/[^"]+slip[^"]*)"', page)
    assert "400.00" in words(caller.get(slip).content)


def test_every_fault_stands_next_to_its_field(enter: Enter) -> None:
    caller = enter("zhangwei")
    form = caller.form("/own/pay") | PAY | {"scheme": "employee", "base": "很多", "months": "99"}
    page = caller.follow("/own/pay", form, 422)
    for name in ("base", "months"):
        assert f'id="{name}-fault"' in page
        assert f'href="#{name}"' in page


# --- papers --------------------------------------------------------------------------------------


def test_a_settlement_down_to_its_sources_and_on_paper(enter: Enter) -> None:
    caller = enter("zhangwei")
    listed = caller.get("/own/visits").text
    paths = re.findall(r'href="(/own/visits/[0-9a-f]+)"', listed)
    page = caller.get(paths[0]).text
    for expected in ("1,000.00 元", "499.40 元", "500.60 元", "80.00 元", "来源"):
        assert expected in words_of(page)
    assert re.search(r"O-E[OX]-\d\d", page)
    text = words(caller.get(f"{paths[0]}.pdf").content)
    for expected in ("结算单", "499.40", "500.60", "演示第一医院", "张伟", "12393"):
        assert expected in text
    # Who reads the paper is told the title of a source, or where it was read, and then its number.
    assert re.search(r"\w（O-E[OX]-\d\d）", text.replace("\n", ""))


def test_the_code_of_a_paper_leads_to_the_configured_address_whatever_host_was_asked(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes: list[str] = []
    make = papers.segno.make

    def seen(content: str, **options: Any) -> Any:
        codes.append(content)
        return make(content, **options)

    monkeypatch.setattr(papers.segno, "make", seen)
    caller = enter("zhangwei")
    (path, *_) = re.findall(r'href="(/own/visits/[0-9a-f]+)"', caller.get("/own/visits").text)
    forged = {"Host": "forged.example", "X-Forwarded-Host": "forged.example"}
    text = words(caller.get(f"{path}.pdf", headers=forged).content)
    assert f"{ADDRESS}/verify" in text
    (code,) = codes
    assert code.startswith(f"{ADDRESS}/verify/S/")
    answer = caller.get("/calc/visit/answer.pdf?total=8000&kind=inpatient", headers=forged)
    assert answer.status_code == 200
    assert f"{ADDRESS}/calc/visit" in words(answer.content).replace("\n", "")
    assert "forged" not in text + words(answer.content)


def test_a_paper_is_genuine_by_its_address_and_nothing_else_is(
    enter: Enter, store: Database
) -> None:
    from yibao.portal.own.papers import content_of, signed

    caller = enter("zhangwei")
    content = content_of("S", "n1", "2026-01-21", 49940, 50060)
    signature = signed(store.secrets, content)
    good = f"/verify/S/n1?d=2026-01-21&a=49940&b=50060&s={signature}"
    answer = caller.get(good)
    assert answer.status_code == 200
    assert "499.40 元" in words_of(answer.text)
    for other in (good.replace("49940", "99940"), good.replace("n1", "n2"), good[:-3] + "xxx"):
        answer = caller.get(other)
        assert answer.status_code == 404
        assert "不是本服务出具的" in answer.text


def test_anothers_papers_are_not_there(enter: Enter) -> None:
    listed = enter("zhangwei").get("/own/visits").text
    path = re.findall(r'href="(/own/visits/[0-9a-f]+)"', listed)[0]
    caller = enter("lina")
    for address in (path, f"{path}.pdf", "/own/orders/none", "/own/receipts/none.pdf"):
        assert caller.get(address).status_code == 404


def test_numbers_are_masked_until_asked_for_and_hide_again(enter: Enter) -> None:
    caller = enter("zhangwei")
    page = caller.get("/own/insurance")
    assert re.search(r"1401\*{10}\d{3}[\dX]", words_of(page.text))
    assert "张伟" not in page.text
    shown = caller.post("/own/insurance", data=hidden(page.text))
    assert "张伟" in shown.text
    assert re.search(r"1401\d{10}99\d[\dX]", words_of(shown.text))
    assert shown.headers["refresh"].startswith("30; url=/own/insurance")


def test_the_grantor_sees_day_place_and_amount_and_no_illness(enter: Enter) -> None:
    page = enter("zhangwei").get("/own/used").text
    rows = re.findall(r"<tr>.*?</tr>", page.partition("<tbody>")[2], re.S)
    assert any("1,000.00 元" in row and "2025-06-17" in row for row in map(_plain, rows))
    assert all("住院" not in row and "门诊" not in row for row in rows)
    caller = enter("lina")
    form = caller.form("/own/aid/details", grantor="zhangwei", given="yes", agree="1")
    caller.follow("/own/aid/details", hidden(caller.follow("/own/aid/details", form)))
    page = enter("zhangwei").get("/own/used").text
    assert "门诊" in page or "住院" in page


# --- mutual aid, transfer, filings ---------------------------------------------------------------


def test_a_grant_is_added_changed_and_ended(enter: Enter, store: Database) -> None:
    caller = enter("zhangguoqiang")
    asked = caller.form("/own/aid/add", grantee="zhangwei", start="2026-11-21", end="", limit="300")
    without = caller.follow("/own/aid/add", asked, 422)
    assert "请先阅读并勾选同意" in without
    recap = caller.follow("/own/aid/add", asked | {"agree": "1"})
    assert "300.00 元" in words_of(recap)
    done = caller.follow("/own/aid/add", hidden(recap))
    assert "授权已提交，等经办机构审核" in done
    path = re.findall(r'href="(/own/aid/[0-9a-f]{8}[^"]*)"', caller.get("/own/aid").text)[-1]
    changed = caller.form(path, action="change", limit="200", end="2026-12-31")
    done = caller.follow(path, hidden(caller.follow(path, changed)))
    assert "授权已变更" in done
    ended = caller.follow(path, hidden(caller.follow(path, caller.form(path, action="end"))))
    assert "授权已终止" in ended
    rows = store.read(
        lambda unit: unit.run(
            select(aid_grant.c.limit, aid_grant.c.revoked_on, aid_grant.c.consent_text).where(
                aid_grant.c.grantor_id == "zhangguoqiang"
            )
        ).all()
    )
    assert [(row.limit, str(row.revoked_on)) for row in rows] == [(20_000, "2026-11-21")]
    assert "留存线" in rows[0].consent_text


def test_two_confirmations_at_once_have_one_effect(enter: Enter, store: Database) -> None:
    from concurrent.futures import ThreadPoolExecutor

    caller = enter("zhangguoqiang")
    asked = caller.form("/own/aid/add", grantee="zhangwei", start="2026-11-21", agree="1")
    form = hidden(caller.follow("/own/aid/add", asked))
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda _: caller.post("/own/aid/add", data=form).text, range(2)))
    assert all("等经办机构审核" in page for page in pages)
    query = select(func.count()).where(aid_grant.c.grantor_id == "zhangguoqiang")
    assert store.read(lambda unit: unit.run(query).scalar_one()) == 1


def test_a_transfer_is_refused_beyond_the_balance(enter: Enter, store: Database) -> None:
    caller = enter("zhangguoqiang")
    before = balance(store, "zhangguoqiang")
    asked = caller.form("/own/transfer", target="zhangwei", amount="99999")
    assert "不够转这么多" in caller.follow("/own/transfer", asked, 422)
    page = caller.follow("/own/transfer", asked | {"step": "confirm", "once": "0" * 32}, 409)
    assert "办不了" in page
    assert balance(store, "zhangguoqiang") == before


def test_a_transfer_says_who_it_is_by_relation_and_the_balance_before_and_after(
    enter: Enter, store: Database
) -> None:
    caller = enter("zhangwei")
    page = words_of(caller.get("/own/transfer").text)
    numbers = {
        name: store.read(lambda unit, name=name: full_numbers(unit, store.secrets, name))[0][1][-4:]
        for name in ("lina", "zhangxiaoyu", "zhangguoqiang", "zhaoxiulan")
    }
    labels = [
        f"配偶 李*（证件尾号 {numbers['lina']}）",
        f"子女 张**（证件尾号 {numbers['zhangxiaoyu']}）",
        f"父母 张**（证件尾号 {numbers['zhangguoqiang']}）",
        f"父母 赵**（证件尾号 {numbers['zhaoxiulan']}）",
    ]
    assert all(label in page for label in labels)
    before = balance(store, "zhangwei")
    asked = caller.form("/own/transfer", target="zhangguoqiang", amount="100")
    recap = words_of(caller.follow("/own/transfer", asked))
    assert labels[2] in recap
    assert f"{before // 100:,}.{before % 100:02} 元" in recap
    assert f"{before // 100 - 100:,}.{before % 100:02} 元" in recap
    assert "不能撤回" in recap
    assert balance(store, "zhangwei") == before


def test_a_stranger_gets_neither_transfer_nor_grant_whatever_the_form_says(
    enter: Enter, store: Database
) -> None:
    caller = enter("zhangwei")
    stranger = store.read(
        lambda unit: unit.run(
            select(account.c.person_id)
            .where(account.c.person_id.not_like("zh%"), account.c.person_id != "lina")
            .limit(1)
        ).scalar_one()
    )
    before = balance(store, "zhangwei"), balance(store, stranger)
    grants = select(func.count()).select_from(aid_grant)
    count = store.read(lambda unit: unit.run(grants).scalar_one())
    confirm = {"step": "confirm", "once": "0" * 32}
    asked = caller.form("/own/transfer", target=stranger, amount="100") | confirm
    caller.follow("/own/transfer", asked, 422)
    asked = caller.form("/own/aid/add", grantee=stranger, start="2026-11-21", agree="1") | confirm
    caller.follow("/own/aid/add", asked, 422)
    assert (balance(store, "zhangwei"), balance(store, stranger)) == before
    assert store.read(lambda unit: unit.run(grants).scalar_one()) == count


def test_an_employed_person_cannot_buy_an_own_month(enter: Enter, store: Database) -> None:
    caller = enter("zhangwei")
    before = orders(store)
    months = {"payee": "zhangwei", "scheme": "employee", "month": "2027-03"}
    page = caller.follow("/own/pay", caller.form("/own/pay") | PAY | months, 409)
    assert "由单位申报缴纳" in page
    confirm = {"step": "confirm", "once": "0" * 32}
    caller.follow("/own/pay", caller.form("/own/pay") | PAY | months | confirm, 409)
    assert orders(store) == before


def test_filing_for_elsewhere_and_for_a_disease(enter: Enter) -> None:
    caller = enter("zhangwei")
    wrong = caller.form(
        "/own/filing", person="zhangwei", kind="referral", care_area="哪里", start="2026-11-21"
    )
    assert "不认识这个地方" in caller.follow("/own/filing", wrong, 422)
    asked = wrong | {"care_area": "北京"}
    done = caller.follow("/own/filing", hidden(caller.follow("/own/filing", asked)))
    assert "已备案" in done
    asked = caller.form(
        "/own/chronic", person="zhangwei", disease="hypertension", start="2026-11-21"
    )
    assert "没有诊断证明" in caller.follow("/own/chronic", asked, 422)
    done = caller.follow(
        "/own/chronic", hidden(caller.follow("/own/chronic", asked | {"shown": "1"}))
    )
    assert "已提交认定申请" in done
    page = caller.get("/own/filings").text
    assert "北京" in page
    assert "高血压" not in page  # it waits for the office


def test_whoever_looked_stands_on_ones_trail(enter: Enter) -> None:
    page = enter("zhangwei").get("/own/trail").text
    assert "结算" in page


# --- the e-credential ----------------------------------------------------------------------------


def test_the_credential_is_drawn_and_another_one_ends_it(enter: Enter) -> None:
    caller = enter("zhangwei")
    page = caller.follow("/own/credential", hidden(caller.get("/own/credential").text))
    first = re.search(r"YB[0-9A-F]{32}", words_of(page))
    assert first is not None
    assert "<svg" in page
    page = caller.follow("/own/credential", hidden(page))
    second = re.search(r"YB[0-9A-F]{32}", words_of(page))
    assert second is not None
    assert first[0] != second[0]


def _button(text: str, word: str) -> dict[str, str]:
    """The hidden inputs of the form whose button says ``word``."""
    form = next(f for f in re.findall(r"<form.*?</form>", text, re.S) if word in f)
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def test_a_credential_is_activated_moved_to_another_telephone_and_given_up(
    house: Starlette, enter: Enter
) -> None:
    caller = enter("zhangguoqiang")
    path = "/own/credential"
    page = caller.get(path).text
    assert "还没有激活" in words_of(page)
    page = caller.follow(path, _button(page, "激活"))
    page = caller.follow(path, _button(page, "出示"))
    assert re.search(r"YB[0-9A-F]{32}", words_of(page))
    other = Caller(house, follow_redirects=False)
    other.cookies.set("session", caller.cookies["session"])
    other.cookies.set("device", "another-telephone")
    page = other.get(path).text
    assert "绑定在另一台设备上" in words_of(page)
    show = _button(page, "停用") | {"do": "show"}
    assert "另一台设备" in words_of(other.post(path, data=show).text)
    page = other.follow(path, _button(page, "改用这台设备"))
    assert "绑定在另一台设备上" in words_of(caller.get(path).text)
    page = other.follow(path, _button(page, "停用"))
    assert "还没有激活" in words_of(page)
    assert "激活电子凭证" in words_of(caller.get("/own/trail").text)


def test_a_child_s_credential_is_the_guardian_s_to_show_and_nobody_else_s(enter: Enter) -> None:
    caller = enter("lina")
    page = caller.get("/own/credential").text
    form = _button(page, "停用张")
    assert form["for"] == "zhangxiaoyu"
    caller.follow("/own/credential", form)
    stranger = enter("wangfang")
    sent = _button(stranger.get("/own/credential").text, "激活") | {"for": "zhangxiaoyu"}
    assert stranger.post("/own/credential", data=sent).status_code == 404
