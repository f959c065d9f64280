"""A made-up few hundred people with a year of life, and one family that can be looked up."""

from __future__ import annotations

from yibao.scenario.demo.logins import Login, code_of, logins
from yibao.scenario.demo.store import (
    FILE_NAME,
    demo_file,
    is_demo,
    live_demo,
    open_house,
    reset_house,
)
from yibao.scenario.demo.town import demo_area, demo_scenario

__all__ = [
    "FILE_NAME",
    "Login",
    "code_of",
    "demo_area",
    "demo_file",
    "demo_scenario",
    "is_demo",
    "live_demo",
    "logins",
    "open_house",
    "reset_house",
]
