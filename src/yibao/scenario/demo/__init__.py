"""A made-up few hundred people with a year of life, and one family that can be looked up."""

from __future__ import annotations

from yibao.scenario.demo.logins import Login, logins
from yibao.scenario.demo.store import demo_file, is_demo, live_demo
from yibao.scenario.demo.town import demo_area, demo_scenario

__all__ = [
    "Login",
    "demo_area",
    "demo_file",
    "demo_scenario",
    "is_demo",
    "live_demo",
    "logins",
]
