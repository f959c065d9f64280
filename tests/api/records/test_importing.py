"""Another system's file over HTTP: looked at, written once; others are refused."""

from __future__ import annotations

import base64

from yibao.access.permissions import Actor, Role
from yibao.insured.people.certificates import check_character

from .town import Town


def test_a_file_is_looked_at_and_written_over_http(town: Town) -> None:
    body = "14010519800315801"
    rows = f"人员,姓名,证件\nN1,钱一,{body}{check_character(body)}\nN2,钱二,{body}X\n"
    mapping = """
    columns:
      person: 人员
      name: 姓名
      number: 证件
      area: {value: "140100"}
      scheme: {value: resident}
      start_day: {value: "2020-01-01"}
    """

    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    for login, role in (("head", Role.HEAD), ("reviewer", Role.REVIEWER)):
        town.actors[login] = Actor(login, role, agency_id="agency", area="140100")
    file = {"kind": "people", "name": "people.csv", "content": encoded(rows)}
    for login in ("worker", "hospital", "admin", "auditor", "reviewer"):
        assert town.send("/office/imports", file, login).status_code == 403, login
    drafted = town.send("/office/imports", file, "head").json()
    assert (drafted["written"], "TODO" in drafted["draft"]) == (False, True)
    file["mapping"] = encoded(mapping)
    shown = town.send("/office/imports", file, "head").json()
    assert (shown["new"], shown["rejected"], shown["run"]) == (1, 1, None)
    assert shown["problems"][0]["row"] == 2
    assert town.get("/office/imports", "head")["rows"] == []
    written = town.send("/office/imports", {**file, "write": True}, "head").json()
    assert (written["written"], written["new"], written["rejected"]) == (True, 1, 1)
    again = town.send("/office/imports", {**file, "write": True}, "head").json()
    assert (again["new"], again["already"]) == (0, 1)
    rows_read = town.get("/office/imports", "head")["rows"]
    assert [row["state"] for row in rows_read] == ["completed", "completed"]
