"""A person-year of twelve visits in OpenFisca-core: deductible, ratio, yearly ceiling, in order.

Run by ``benchmarks/engine/run.py`` in an environment of its own; prints microseconds.
"""

import time
from statistics import median

import numpy as np
from openfisca_core.entities import Entity
from openfisca_core.periods import MONTH
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

person = Entity("person", "persons", "", "")

DEDUCTIBLE, RATIO, CEILING = 80_00, 0.55, 2_500_00


class eligible(Variable):
    value_type = float
    entity = person
    definition_period = MONTH


class paid(Variable):
    value_type = float
    entity = person
    definition_period = MONTH

    def formula(persons, period, parameters):  # noqa: N805 - the peer's own idiom
        before = np.zeros(persons.count)
        month = period.first_month
        for earlier in range(1, month.start.month):
            before = before + persons("paid", month.offset(-earlier, "month"))
        base = np.maximum(persons("eligible", period) - DEDUCTIBLE, 0)
        return np.minimum(np.round(base * RATIO), CEILING - before)


class System(TaxBenefitSystem):
    def __init__(self):
        super().__init__([person])
        self.add_variables(eligible, paid)


system = System()


def year() -> float:
    simulation = SimulationBuilder().build_default_simulation(system, count=1)
    for month in range(1, 13):
        simulation.set_input("eligible", f"2025-{month:02d}", np.array([300_00.0]))
    return sum(
        float(simulation.calculate("paid", f"2025-{month:02d}")[0]) for month in range(1, 13)
    )


assert year() == 12 * 121_00.0, year()
times = []
for _ in range(30):
    start = time.perf_counter()
    year()
    times.append((time.perf_counter() - start) * 1e6)
print(median(times))
