"""The errands about insured people."""

from __future__ import annotations

from yibao.api.counter.allowances import ALLOWANCES
from yibao.api.counter.deciding import DECIDING
from yibao.api.counter.drugs import DRUGS
from yibao.api.counter.enrolling import ENROLLING
from yibao.api.counter.errand import Errand
from yibao.api.counter.moving import MOVING
from yibao.api.counter.paying import PAYING
from yibao.api.counter.registering import REGISTERING
from yibao.api.counter.subsidies import SUBSIDIES

ERRANDS: tuple[Errand, ...] = (
    *REGISTERING,
    *ENROLLING,
    *DECIDING,
    *PAYING,
    *MOVING,
    *ALLOWANCES,
    *SUBSIDIES,
    *DRUGS,
)
BY_NAME = {errand.name: errand for errand in ERRANDS}
