"""The town behind a service on a port, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette

from yibao.api.serving import RateLimit
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app
from yibao.portal.own.frame import own_service

from ..support.serving import running
from .api import walk_api
from .pages import walk_pages
from .town import AT, DAY, Town, found_town
from .walking import Tally


@dataclass
class Served:
    """A town and where it answers."""

    town: Town
    app: Starlette
    address: str

    def walk_api(self) -> Tally:
        """Every operation of the API by everybody."""
        return walk_api(self.town, self.address)

    def walk_pages(self) -> Tally:
        """Every page behind the login by everybody."""
        return walk_pages(self.town, self.address, self.app)


@contextmanager
def serve_town(folder: Path, packs: PolicyLibrary) -> Iterator[Served]:
    """A town of its own, served while this lasts."""
    town = found_town(folder, packs)
    app = create_app(
        packs,
        data=folder,
        today=lambda: DAY,
        limit=RateLimit(1e6, 1_000_000),
        service=own_service(town.database, packs, lambda: AT),
    )
    with running(app, ws="none") as port:
        yield Served(town, app, f"http://127.0.0.1:{port}")
    town.database.dispose()
