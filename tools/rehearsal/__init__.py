"""Every transaction that is offered, in an order in which a client may use them.

The people, institutions and codes are those of a new sandbox.  What is sent and answered is
shown in the documents, and compared there; tests send the same in the dialect of every client.
"""

from __future__ import annotations

from .books import Books
from .forms import (
    DAY,
    HOSPITAL,
    RESIDENT,
    RETIRED,
    Given,
    card,
)
from .outpatients import Outpatients
from .records import Records
from .stays import Stays

__all__ = ["DAY", "Given", "Rehearsal"]


class Rehearsal(Outpatients, Stays, Books, Records):
    """The whole conversation."""

    sign_no = ""

    def run(self) -> None:
        """Send everything."""
        self.signed_in()
        self.outpatient()
        self.chronic()
        self.stay()
        self.purchase()
        self.filings()
        self.stored()
        self.mobile()
        self.directories()
        self.screened()
        self.compared()
        self.selfpaid()
        self.records()
        self.ask("9002", {"signOut": {"sign_no": self.sign_no, "opter_no": "001"}})

    def signed_in(self) -> None:
        signed = self.ask("9001", {"signIn": {"opter_no": "001", "mac": "00", "ip": "10.0.0.1"}})
        self.sign_no = signed["signinoutb"]["sign_no"]
        self.ask("1201", {"medinsinfo": {"fixmedins_type": "1", "fixmedins_code": HOSPITAL}})
        for person in (RETIRED, RESIDENT):
            known = card(person)
            who = {name: known[name] for name in known if name not in ("psn_no", "insutype")}
            answer = self.ask("1101", {"data": {**who, "psn_name": "", "card_sn": ""}})
            assert answer["baseinfo"]["psn_no"] == person
            asked = {"fixmedins_code": HOSPITAL, "med_type": "11", "begntime": f"{DAY} 08:00:00"}
            self.ask("2001", {"data": {**card(person), **asked}})
