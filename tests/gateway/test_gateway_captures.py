"""The raw requests of two real clients, over HTTP: headers, paths and bodies as they came.

Numbers that a platform issues (visit, settlement) are put in place of those of the capture.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from yibao.gateway.headers import api_signature

CAPTURES = Path(__file__).parent / "captures"
MASKED, WHOLE = "140100190001010000", "140100190001010005"
"""The certificate's number as the capture hides it, and as a client sends one."""


def _requests(name: str) -> list[dict[str, Any]]:
    loaded = json.loads((CAPTURES / f"{name}.json").read_text(encoding="utf-8"))
    requests: list[dict[str, Any]] = loaded["requests"]
    return requests


def _replay(client: Any, request: dict[str, Any], issued: dict[str, str]) -> httpx.Response:
    body = request["body_raw"].replace(MASKED, WHOLE)
    for old, new in issued.items():
        body = body.replace(old, new)
    headers = [(k, v) for k, v in request["headers"] if k not in ("Content-Length", "Host")]
    response: httpx.Response = client.http.post(
        client.url + request["path"], content=body.encode(), headers=headers
    )
    return response


def test_python_client_reads_registers_quotes_settles_and_reverses(client: Any) -> None:
    issued: dict[str, str] = {}
    answers: dict[str, Any] = {}
    for request in _requests("python_sdk"):
        answer = _replay(client, request, issued).json()
        assert answer["infcode"] == 0, answer["err_msg"]
        stub, output = request["stub_answer"]["output"], answer["output"]
        answers[request["infno"]] = output
        for node, names in (
            ("baseinfo", ["psn_no"]),
            ("data", ["mdtrt_id"]),
            ("setlinfo", ["setl_id"]),
        ):
            for name in names:
                if name in stub.get(node, {}):
                    issued[stub[node][name]] = output[node][name]
    assert answers["1101"]["baseinfo"]["psn_name"] == "测试人"
    settled, reversed_ = answers["2207"]["setlinfo"], answers["2208"]["setlinfo"]
    quoted = answers["2206"]["setlinfo"]
    assert settled["medfee_sumamt"] == 100 == -reversed_["medfee_sumamt"]
    assert settled["psn_part_amt"] == settled["acct_pay"] + settled["psn_cash_pay"]
    assert settled["fund_pay_sumamt"] == quoted["fund_pay_sumamt"]
    assert reversed_["pdn_cash_pay"] == -settled["psn_cash_pay"]


def test_answers_hold_every_field_that_the_client_was_answered_before(client: Any) -> None:
    issued: dict[str, str] = {}
    for request in _requests("python_sdk"):
        answer = _replay(client, request, issued).json()
        stub = request["stub_answer"]
        assert set(stub) <= set(answer)
        for node, before in stub["output"].items():
            now = answer["output"][node]
            if isinstance(before, dict):
                assert set(before) <= set(now), request["infno"]
                for name in ("psn_no", "mdtrt_id", "setl_id"):
                    if name in before:
                        issued[before[name]] = now[name]


def test_signatures_of_the_capture_recompute() -> None:
    secrets = {"test_ak": "test_sk"}
    agreements = set()
    for request in _requests("python_sdk"):
        head = dict(request["headers"])
        signature = api_signature(
            secrets["test_ak"],
            head["_api_access_key"],
            head["_api_name"],
            head["_api_timestamp"],
            head["_api_version"],
        )
        agreements.add(signature == head["_api_signature"])
    assert agreements == {True}


def test_java_sample_reads_a_person_and_uploads_a_file(client: Any) -> None:
    read, upload = _requests("java_sample")
    assert _replay(client, read, {}).json()["output"]["baseinfo"]["psn_no"]
    answer = _replay(client, upload, {}).json()
    assert answer["infcode"] == 0, answer["err_msg"]
    number = answer["output"]["file_qury_no"]
    request = {"fsDownloadIn": {"file_qury_no": number, "filename": "x", "fixmedins_code": "x"}}
    response = client.post(client.envelope("9102", request))
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.content == b"col1\tcol2\n"
