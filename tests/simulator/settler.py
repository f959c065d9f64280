"""A process that settles in a loop until it is killed; run by the tests of crashes.

Arguments: address of the database, name of the process; the folder of the packs' cache is
inherited.  Prints a line per acknowledged settlement; messages are numbered from 0.

Without arguments it brings up such processes: for each line on its standard input, with the
address, the name and a file for the acknowledged ones, it forks one and prints its number.
A child that has every module already is killed in its work, not while it imports.
"""

from __future__ import annotations

import datetime
import json
import os
import signal
import sys
import time
from typing import TextIO

from yibao.access.operations import Key
from yibao.access.permissions import institution_actor
from yibao.benefit.facts import Item, Visit
from yibao.care.settling import Settlements
from yibao.database.unit import open_database
from yibao.errors import YibaoError
from yibao.policy.compile import PolicyLibrary

GRANTEES = ("wife", "son", "mother")


def visit_of(message: str) -> Visit:
    """The visit of a message: the same for whoever asks."""
    number = int(message.rpartition("-")[2])
    day = datetime.date(2025, 1, 1) + datetime.timedelta(number % 360)
    person = GRANTEES[number % len(GRANTEES)]
    items = tuple(Item("A", 1_000 + (number * 37 + line) % 5_000) for line in range(3))
    return Visit(f"v-{message}", person, "h1", "outpatient", day, day, items, ("own", "worker"))


def settle_on(url: str, name: str, packs: PolicyLibrary, acknowledged: TextIO) -> None:
    """Settle one visit after the other, for ever."""
    settlements = Settlements(open_database(url), packs)
    number = 0
    while True:
        message = f"{name}-{number}"
        try:
            visit = visit_of(message)
            actor = institution_actor(visit.institution)
            answer = settlements.settle(Key(name, "settle", message), visit, actor=actor)
        except YibaoError as error:
            # Nothing was acknowledged; the same message again, as a client would.
            print(f"# {error}", file=sys.stderr, flush=True)
            time.sleep(0.05)
            continue
        print(json.dumps([message, answer]), file=acknowledged, flush=True)
        number += 1


def main(url: str, name: str) -> None:
    packs = PolicyLibrary.load()
    print("ready", flush=True)
    settle_on(url, name, packs, sys.stdout)


def bring_up() -> None:
    """Fork a settling process for every line; the children are reaped by the system."""
    packs = PolicyLibrary.load()
    for area in packs.areas():
        if area.parent is not None:
            packs.rulebook(area.code)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        url, name, file = json.loads(line)
        child = os.fork()
        if not child:
            with open(file, "w", encoding="utf-8") as acknowledged:
                settle_on(url, name, packs, acknowledged)
        print(child, flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1], sys.argv[2])
    else:
        bring_up()
