"""Columns of what says who somebody is and what ails them: deflated, then encrypted.

A value goes in and comes out as it is; only the rows do not show it.  What has to be found
again by such content is found by a keyed hash beside it (``Secrets.search_hashes``).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from yibao.database.engines import to_json
from yibao.database.errors import DatabaseError
from yibao.database.secrets import Secrets

Kind = Literal["document", "text", "bytes", "packed"]
"""What a column holds; ``packed``: bytes that were deflated before they come here."""

_KEEPERS: WeakKeyDictionary[Dialect, Callable[[], Secrets]] = WeakKeyDictionary()
"""Who has the secrets of the store behind a dialect; every engine has a dialect of its own."""


_UNREADABLE_AS_NONE: ContextVar[bool] = ContextVar("unreadable_as_none", default=False)


@contextmanager
def unreadable_as_none() -> Iterator[None]:
    """For a check, which names what somebody altered and goes on: it has no value."""
    token = _UNREADABLE_AS_NONE.set(True)
    try:
        yield
    finally:
        _UNREADABLE_AS_NONE.reset(token)


def keep_secrets(dialect: Dialect, secrets: Callable[[], Secrets]) -> None:
    """Say who has the secrets of the store that a dialect is of."""
    _KEEPERS[dialect] = secrets


def seal(secrets: Secrets, value: Any, kind: Kind, purpose: str) -> bytes:
    """What stands in a row for a value; ``purpose``: the column, as table.column."""
    if kind == "packed":
        return secrets.seal(bytes(value), purpose)
    deflate = _DEFLATE.copy()
    packed = deflate.compress(_written(value, kind)) + deflate.flush()
    return secrets.seal(packed, purpose)


def unsealed(secrets: Secrets, stored: bytes, kind: Kind, purpose: str) -> Any:
    """The value that :func:`seal` was given; ``DatabaseError`` under another key or column."""
    packed = secrets.unseal(stored, purpose)
    if kind == "packed":
        return packed
    plain = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_KNOWN_WORDS).decompress(packed)
    if kind == "bytes":
        return plain
    return msgspec.json.decode(plain) if kind == "document" else plain.decode()


def _written(value: Any, kind: Kind) -> bytes:
    if kind == "bytes":
        return bytes(value)
    return (to_json(value) if kind == "document" else str(value)).encode()


class Sealed(TypeDecorator[Any]):
    """A document, a text or bytes that nobody reads without the store's key."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str, kind: Kind = "document") -> None:
        super().__init__()
        self.purpose = purpose
        self.kind: Kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """As the column has it."""
        if value is None:
            return None
        return seal(_KEEPERS[dialect](), value, self.kind, self.purpose)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """As the code has it."""
        if value is None:
            return None
        try:
            stored = value.encode() if isinstance(value, str) else bytes(value)
            return unsealed(_KEEPERS[dialect](), stored, self.kind, self.purpose)
        except DatabaseError:
            if _UNREADABLE_AS_NONE.get():
                return None
            raise


_KNOWN_WORDS = (
    '{"result":[{"feedetl_sn":"1","det_item_fee_sumamt":.00,"cnt":1.0000,"pric":.000000,'
    '"pric_uplmt_amt":0.000000,"selfpay_prop":0.0000,"fulamt_ownpay_amt":0.00,'
    '"overlmt_amt":0.00,"preselfpay_amt":0.00,"inscp_scp_amt":,"chrgitm_lv":"02",'
    '"chrgitm_lv":"01","med_chrgitm_type":"09","bas_medn_flag":"0","hi_nego_drug_flag":"0",'
    '"chld_medc_flag":"0","list_sp_item_flag":"0","lmt_used_flag":"0","drt_reim_flag":"0",'
    '"memo":"","exp_content":""},{"diagnoses":[{"diag_type":"1","diag_srt_no":"1",'
    '"diag_code":"","diag_name":"","diag_dept":"","dise_dor_no":"","dise_dor_name":"",'
    '"diag_time":"","vali_flag":"1"}],"mdtrt_cert_type":"02","mdtrt_cert_no":"","insutype":"310",'
    '"dept_code":"","dept_name":"内科","caty":"A03","psn_no":"","begntime":"2025-01-01 08:00:00",'
    '"ipt_otp_no":"","begin":"2025-01-01","dise_codg":"","dise_name":"","main_cond_dscr":"",'
    '"tel":"","coner_name":"","birctrl_type":"","matn_type":"","geso_val":""'
    '{"status":"open","lines":[{"sn":"1","batch":"","code":"","name":"","amount":,'
    '"quantity":10000,"price":,"class":"B","class":"C","class":"A","kind":"service",'
    '"kind":"consumable","kind":"drug","upfront":1000,"upfront":null,"price_limit":null,'
    '"limit":null,"dual_channel":false,"diseases":[],"settled":null,"settled":"",'
    '"raw":{"rx_circ_flag":"0","fee_ocur_time":"2025-01-01 09:00:00","medins_list_codg":"",'
    '"bilg_dept_codg":"A03","bilg_dept_name":"内科","bilg_dr_codg":"","bilg_dr_name":"",'
    '"hosp_appr_flag":"0"}}],"settled":{"":{"entry":"","care_visit":""}},"batches":{"":"'
    '"setldetail":[{"fund_pay_type":"","inscp_scp_amt":,"crt_payb_lmt_amt":0.00,'
    '"fund_payamt":,"fund_pay_type_name":"城镇职工基本医疗保险个人账户基金",'
    '"fund_pay_type_name":"城乡居民基本医疗保险统筹基金","setl_proc_info":""}]}'
    '{"setlinfo":{"mdtrt_id":"","setl_id":"","clr_optins":"",'
    '"setl_time":"2025-01-01 08:00:00","medfee_sumamt":,"fulamt_ownpay_amt":0.00,'
    '"overlmt_selfpay":0.00,"preselfpay_amt":0.00,"inscp_scp_amt":,"act_pay_dedc":0.00,'
    '"hifp_pay":0.00,"pool_prop_selfpay":0.6000,"cvlserv_pay":0.00,"hifes_pay":0.00,'
    '"hifmi_pay":0.00,"hifob_pay":0.00,"maf_pay":0.00,"oth_pay":0.00,"fund_pay_sumamt":,'
    '"psn_part_amt":,"acct_pay":0.00,"balc":,"acct_mulaid_pay":0.00,"hosp_part_amt":0.00,'
    '"medins_setl_id":"","pdn_cash_pay":,"hifdm_pay":0.00,"psn_no":"","psn_name":"",'
    '"psn_cert_type":"01","certno":"","gend":"1","naty":"","brdy":"1955-01-01","age":.0,'
    '"insutype":"310","psn_type":"12","cvlserv_flag":"0","mdtrt_cert_type":"02",'
    '"med_type":"11","exp_content":"","clr_type":"11","clr_way":"1","psn_cash_pay":,'
    '"invono":"","begndate":"2025-01-01","enddate":"2025-01-01","psn_pay":,"psn_part_am":,'
    '"cash_payamt":,"setl_type":"2"},{"output":"{\\"data\\":{\\"mdtrt_id\\":\\"\\",'
    '\\"psn_no\\":\\"\\",\\"ipt_otp_no\\":\\"\\",\\"exp_content\\":\\"\\"}}"}'
    '{"outcome":"reversed","balance":,"transfer":"","reversal":"","settlement":"","visit":"'
    '{"person":"'
).encode()
"""What the documents of the interface say again and again: part of the form, never changed."""

_DEFLATE = zlib.compressobj(1, zlib.DEFLATED, -13, 6, zdict=_KNOWN_WORDS)
"""What every value is deflated by a copy of: the words are in it already, and it is small (13
bits look back over them and a few lines); what it writes is read as before."""
