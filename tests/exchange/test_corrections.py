"""What an office corrects stands in the institution's book: random lives through messages."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from yibao.access.operations import Key
from yibao.care.readjudication import Readjudications
from yibao.database.unit import Database
from yibao.exchange.checks import book_faults
from yibao.exchange.entries import CORRECTED
from yibao.gateway.corrections import booked_corrections
from yibao.gateway.message import Received
from yibao.gateway.platform import Platform
from yibao.policy.compile import PolicyLibrary

from ..conftest import VERIFY
from ..gateway import flows
from ..gateway.conftest import HOSPITAL, fill
from ..support.actors import CLERK
from ..support.store import Store

_MESSAGES = itertools.count(1)
PEOPLE = ("li", "wang", "zhao")


@dataclass
class Hospital:
    """Sends messages to a platform of the same process, and knows what it was answered."""

    platform: Platform
    settled: dict[str, dict[str, Any]] = field(default_factory=dict)
    """setlinfo of what stands as far as the hospital knows, by visit; the newest part."""
    parts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Parts of stays below the newest."""

    def send(self, infno: str, content: Any, **head: Any) -> dict[str, Any]:
        body = {
            "infno": infno,
            "msgid": f"{HOSPITAL}{next(_MESSAGES):018d}",
            "infver": "1.0.0",
            "fixmedins_code": HOSPITAL,
            "insuplc_admdvs": "",
            "mdtrtarea_admvs": "140100",
            "opter": "001",
            "input": content,
            **head,
        }
        reply = self.platform.answer(Received("/x", {}, json.dumps(body).encode()))
        answer: dict[str, Any] = json.loads(reply.body)
        return answer

    def ok(self, infno: str, content: Any, **head: Any) -> dict[str, Any]:
        answer = self.send(infno, content, **head)
        assert answer["infcode"] == 0, answer["err_msg"]
        output: dict[str, Any] = answer["output"]
        return output

    def visit(self, rng: random.Random, month: int, day: int) -> None:
        person = rng.choice(PEOPLE)
        key = flows.register(self, person, f"2025-{month:02d}-{day:02d}")
        total = f"{rng.choice([rng.randint(1, 90_000), rng.randint(1, 900_000)]) / 100:.2f}"
        asked = flows.settling(key, total, acct_used_flag=rng.choice("01"))
        self.settled[key["mdtrt_id"]] = self.ok("2207", asked)["setlinfo"]

    def stay(self, rng: random.Random, month: int, day: int) -> None:
        """Settled in one, two or three parts."""
        begin = f"2025-{month:02d}-{day:02d}"
        key = flows.admit(self, rng.choice(PEOPLE), f"{begin} 10:00:00")
        count = rng.randint(1, 3)
        stood: list[dict[str, Any]] = []
        for number in range(count):
            cents = rng.randint(10_000, 3_000_000)
            amount = f"{cents / 100:.2f}"
            line = flows.fee_line(number + 1, amount, rng.choice(["XA01", "XB01"]))
            rows = [{**line, **key, "med_type": "21", "fee_ocur_time": f"{begin} 12:00:00"}]
            self.ok("2301", {"feedetail": rows})
            more = {
                "mid_setl_flag": "1" if number + 1 < count or rng.random() < 0.2 else "0",
                "dscgTime": f"2025-{month:02d}-{day + number + 1:02d}",
                "acct_used_flag": rng.choice("01"),
            }
            asked = flows.stay_settling(key, amount, **more)
            stood.append(self.ok("2304", asked)["setlinfo"])
        self.settled[key["mdtrt_id"]] = stood.pop()
        self.parts[key["mdtrt_id"]] = stood

    def book(self) -> Sequence[Any]:
        """The entries of today."""
        today = self.platform.clock.today()
        return self.platform.service.book.of_institution(HOSPITAL, today, today)

    def refund(self, rng: random.Random) -> None:
        """By the setl_id that the hospital was answered, whatever became of it since."""
        if not self.settled:
            return
        visit = rng.choice(sorted(self.settled))
        info = self.settled.pop(visit)
        undone = self.ok("2305" if visit in self.parts else "2208", flows.undo(info))["setlinfo"]
        assert undone["medfee_sumamt"] == -info["medfee_sumamt"]
        if self.parts.get(visit):
            self.settled[visit] = self.parts[visit].pop()


def _decide(rng: random.Random, work: Readjudications) -> None:
    """Take the proposals of somebody, the first of them, or drop it."""
    person = rng.choice(PEOPLE)
    rows = work.list_open(actor=CLERK, person_id=person)
    if not rows:
        return
    numbers = [row["proposal"] for row in rows]
    key = Key("clerk", "readjudicate", f"{next(_MESSAGES)}")
    if rng.random() < 0.2:
        work.drop(key, person, numbers[0], "本人不同意", actor=CLERK)
    else:
        chosen = numbers[: rng.randint(1, len(numbers))]
        answer = work.take(key, person, chosen, actor=CLERK)
        assert work.take(key, person, chosen, actor=CLERK) == answer


@pytest.mark.parametrize("seed", range(30 if VERIFY else 2))
def test_books_are_what_stands(
    sandbox: Database, packs: PolicyLibrary, area: str, tmp_path: Path, seed: int
) -> None:
    database = sandbox
    fill(database, area, tmp_path)
    rng = random.Random(seed)
    hospital = Hospital(Platform(database, packs))
    store = Store(database, packs)
    work = Readjudications(store.reversals, booked_corrections(database))
    for month in range(1, 9 if VERIFY else 6):
        for day, live in ((1, hospital.visit), (3, hospital.stay), (12, hospital.visit)):
            live(rng, month, day)
        for _ in range(2):
            hospital.refund(rng)
            _decide(rng, work)
        faults = database.read(lambda unit: list(book_faults(unit, PEOPLE)))
        assert [str(fault) for fault in faults] == []
    book = hospital.book()
    assert any(entry.infno == CORRECTED for entry in book)
    _check_reconciled(hospital, store)
    while hospital.settled:
        hospital.refund(rng)
        _decide(rng, work)
    faults = database.read(lambda unit: list(book_faults(unit, PEOPLE)))
    assert [str(fault) for fault in faults] == []
    assert sum(entry.fund for entry in hospital.book()) == 0
    _check_reconciled(hospital, store)
    store.check()


def _check_reconciled(hospital: Hospital, store: Store) -> None:
    """3201 with what stands in the store, which is what the ledger has: both sides agree."""
    rows = store.rows()
    gone = {row["reversal_of"] for row in rows}
    stands = [row for row in rows if row["round"] > 0 and row["settlement_id"] not in gone]
    sums = {
        "medfee_sumamt": sum(row["total"] for row in stands),
        "fund_pay_sumamt": sum(row["fund"] for row in stands),
        "acct_pay": sum(row["account"] + row["mutual_aid"] for row in stands),
    }
    assert sum(row["fund"] for row in rows) == sums["fund_pay_sumamt"]
    today = hospital.platform.clock.today().isoformat()
    asked = {"stmt_begndate": today, "stmt_enddate": today, "fixmedins_setl_cnt": ""}
    yuan = {name: f"{amount / 100:.2f}" for name, amount in sums.items()}
    answer = hospital.ok("3201", {"data": {**asked, **yuan}})["stmtinfo"]
    assert (answer["stmt_rslt"], answer["stmt_rslt_dscr"]) == ("0", "")
