"""The rule of ``peers`` in OpenFisca-core or PolicyEngine-core: a visit a month, in order.

Run in an environment of its own; prints seconds for all people.  Amounts are of their
integer type, as float32 (their usual type) cannot hold every fen.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

package, folder, rule = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
core = importlib.import_module(package)
Entity = importlib.import_module(f"{package}.entities").Entity
MONTH = importlib.import_module(f"{package}.periods").MONTH
SimulationBuilder = importlib.import_module(
    f"{package}.simulations" if package == "policyengine_core" else f"{package}.simulation_builder"
).SimulationBuilder
TaxBenefitSystem = importlib.import_module(f"{package}.taxbenefitsystems").TaxBenefitSystem
Variable = importlib.import_module(f"{package}.variables").Variable

amounts = np.load(folder / "amounts.npy")
expected = np.load(folder / "expected.npy")
person = Entity("person", "persons", "", "")


def months_before(period):
    month = period.first_month
    return [month.offset(-back, "month") for back in range(1, month.start.month)]


class eligible(Variable):
    value_type = int
    entity = person
    definition_period = MONTH
    label = "eligible"


class borne(Variable):
    value_type = int
    entity = person
    definition_period = MONTH
    label = "borne"

    def formula(persons, period, parameters):
        left = np.full(persons.count, rule["most_borne"], dtype=np.int64)
        for earlier in months_before(period):
            left = left - persons("borne", earlier)
        left = np.minimum(left, rule["deductible"])
        return np.minimum(left, persons("eligible", period))


class paid(Variable):
    value_type = int
    entity = person
    definition_period = MONTH
    label = "paid"

    def formula(persons, period, parameters):
        left = np.full(persons.count, rule["ceiling"], dtype=np.int64)
        for earlier in months_before(period):
            left = left - persons("paid", earlier)
        base = persons("eligible", period).astype(np.int64) - persons("borne", period)
        return np.minimum((base * rule["ratio"] + 5_000) // 10_000, left)


class System(TaxBenefitSystem):
    entities = [person]

    def __init__(self):
        super().__init__([person])
        self.add_variables(eligible, borne, paid)


system = System()
times = []
for _ in range(4):
    simulation = SimulationBuilder().build_default_simulation(system, count=len(amounts))
    for at in range(amounts.shape[1]):
        simulation.set_input("eligible", f"2025-{at + 1:02d}", amounts[:, at])
    start = time.perf_counter()
    found = [simulation.calculate("paid", f"2025-{at + 1:02d}") for at in range(amounts.shape[1])]
    times.append(time.perf_counter() - start)
    assert (np.stack(found, axis=1) == expected).all()
print(median(times[1:]))
