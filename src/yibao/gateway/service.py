"""What a transaction is done with: store, rulebooks, and what this process knows of them."""

from __future__ import annotations

from yibao.care.settling import Settlements
from yibao.database.unit import Database
from yibao.exchange.book import Book
from yibao.exchange.people import NameAndNumber
from yibao.gateway.settings import Clock, GatewaySettings
from yibao.policy.compile import PolicyLibrary


class Service:
    """Shared by every message of a process; a sandbox that begins again gets a new one."""

    def __init__(
        self, database: Database, library: PolicyLibrary, settings: GatewaySettings, clock: Clock
    ) -> None:
        self.database = database
        self.library = library
        self.settings = settings
        self.clock = clock
        self.settlements = Settlements(database, library, clock.today)
        self.book = Book(self.settlements)
        self.names: dict[str, NameAndNumber] = {}
        """Name and number of people, as read before."""
