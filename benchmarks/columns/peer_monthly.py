"""The rule of ``peers`` in OpenFisca-core or PolicyEngine-core: a visit a month, in order.

Run in an environment of its own; prints seconds for all people.  Amounts are of their
integer type, as float32 (their usual type) cannot hold every fen.
"""

# ruff: noqa: N805, RUF012 - their way of declaring formulas and entities
import importlib
import json
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

package, folder, rule = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
Entity = importlib.import_module(f"{package}.entities").Entity
MONTH = importlib.import_module(f"{package}.periods").MONTH
SimulationBuilder = importlib.import_module(
    f"{package}.simulations" if package == "policyengine_core" else f"{package}.simulation_builder"
).SimulationBuilder
TaxBenefitSystem = importlib.import_module(f"{package}.taxbenefitsystems").TaxBenefitSystem
Variable = importlib.import_module(f"{package}.variables").Variable

visits = np.load(folder / "claims.npz")
person_of, number = visits["person"], visits["number"]
people, months = int(person_of.max()) + 1, int(number.max()) + 1
person = Entity("person", "persons", "", "")
TABLES = {name: np.array(values) for name, values in rule.items()}


def months_before(period):
    month = period.first_month
    return [month.offset(-back, "month") for back in range(1, month.start.month)]


def given(of_name):
    class variable(Variable):
        value_type = int
        entity = person
        definition_period = MONTH
        label = of_name

    variable.__name__ = of_name
    return variable


class borne(Variable):
    value_type = int
    entity = person
    definition_period = MONTH
    label = "borne"

    def formula(persons, period, parameters):
        status, tier = persons("status", period), persons("price_class", period) - 1
        left = TABLES["most_borne"][status]
        for earlier in months_before(period):
            left = left - persons("borne", earlier)
        left = np.minimum(left, TABLES["deductible"][status, tier])
        return np.minimum(left, persons("eligible", period))


class paid(Variable):
    value_type = int
    entity = person
    definition_period = MONTH
    label = "paid"

    def formula(persons, period, parameters):
        status, tier = persons("status", period), persons("price_class", period) - 1
        left = TABLES["ceiling"][status]
        for earlier in months_before(period):
            left = left - persons("paid", earlier)
        base = persons("eligible", period).astype(np.int64) - persons("borne", period)
        return np.minimum((base * TABLES["ratio"][status, tier] + 5_000) // 10_000, left)


class System(TaxBenefitSystem):
    entities = [person]

    def __init__(self):
        super().__init__([person])
        self.add_variables(given("eligible"), given("status"), given("price_class"), borne, paid)


def column(name, month, default):
    values = np.full(people, default)
    rows = number == month
    values[person_of[rows]] = visits[name][rows]
    return values


system = System()
inputs = [
    (name, month, column(name, month, default))
    for month in range(months)
    for name, default in (("eligible", 0), ("status", 0), ("price_class", 1))
]
times = []
for _ in range(4):
    simulation = SimulationBuilder().build_default_simulation(system, count=people)
    start = time.perf_counter()
    for name, month, values in inputs:
        simulation.set_input(name, f"2025-{month + 1:02d}", values)
    by_month = [simulation.calculate("paid", f"2025-{month + 1:02d}") for month in range(months)]
    times.append(time.perf_counter() - start)
    assert (np.stack(by_month, axis=1)[person_of, number] == visits["expected"]).all()
print(median(times[1:]))
