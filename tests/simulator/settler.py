"""A process that settles in a loop until it is killed; run by the tests of crashes.

Arguments: address of the database, name of the process; the folder of the packs' cache is
inherited.  Prints a line per acknowledged settlement; messages are numbered from 0.
"""

from __future__ import annotations

import datetime
import json
import sys
import time

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


def main(url: str, name: str) -> None:
    settlements = Settlements(open_database(url), PolicyLibrary.load())
    print("ready", flush=True)
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
        print(json.dumps([message, answer]), flush=True)
        number += 1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
