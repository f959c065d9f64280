"""The form as a file between stores: signed where it is made, taken in once where it arrives."""

from __future__ import annotations

import base64
import binascii
import datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from yibao.access.chains import extend_any_chain
from yibao.access.errors import DeniedError
from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, is_within, require
from yibao.database.instants import now
from yibao.database.secrets import Secrets
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.insured.locks import lock_person, store_person
from yibao.insured.people.finding import find_person
from yibao.messages import message
from yibao.moving.applications import TRANSFER_IN, InformationForm
from yibao.moving.forms import form_in_case, keep_form
from yibao.moving.states import TransferState
from yibao.moving.tables import IN
from yibao.office.locks import case_row
from yibao.office.operations import follow_within
from yibao.office.reading import open_cases
from yibao.office.rights import reads_content, require_case
from yibao.policy.compile import PolicyLibrary

MOST_BYTES = 1_000_000
_KIND = "yibao-transfer-form"
_NUMBER = 40


class FormFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file holds."""

    kind: str
    form: InformationForm
    key: str
    """Of the store that made it, as :func:`form_key` gives it there."""
    signature: str


def form_key(secrets: Secrets) -> str:
    """The public key under which a store signs its forms, 64 hexadecimal digits."""
    return _private(secrets).public_key().public_bytes_raw().hex()


def _private(secrets: Secrets) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex(secrets.lasting_hash("transfer forms"))
    )


def _signed_text(form: InformationForm) -> bytes:
    return msgspec.json.encode(form, order="sorted")


def signed_form(secrets: Secrets, form: InformationForm) -> FormFile:
    """A form with the signature of this store."""
    signature = base64.b64encode(_private(secrets).sign(_signed_text(form))).decode()
    return FormFile(kind=_KIND, form=form, key=form_key(secrets), signature=signature)


def read_file(content: bytes, trusted: str) -> InformationForm:
    """The form of a file that the store with the key ``trusted`` signed.

    ``InputError`` for what is no such file, ``RefusedError`` for one of somebody else, or one
    that was changed since.
    """
    if len(content) > MOST_BYTES:
        raise InputError(message("信息表文件太大"), place="file")
    try:
        file = msgspec.json.decode(content, type=FormFile)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(message("这不是信息表文件"), place="file") from None
    if file.kind != _KIND or not 0 < len(file.form.number) <= _NUMBER or file.form.balance < 0:
        raise InputError(message("这不是信息表文件"), place="file")
    if file.key != trusted.strip().lower():
        raise RefusedError(message("签章不是这个转出地的：公钥与约定的不同"))
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(file.key))
        public.verify(base64.b64decode(file.signature, validate=True), _signed_text(file.form))
    except (ValueError, binascii.Error, InvalidSignature):
        raise RefusedError(message("签章不对：信息表出具以后被改过")) from None
    return file.form


def send_file(database: Database, case_id: str, *, actor: Actor) -> FormFile:
    """The signed form of a case whose form was made; that it was taken out is on the chain."""
    row = database.read(lambda unit: case_row(unit, case_id))
    require_case(actor, "move_case", row)
    if not reads_content(actor, row):
        raise DeniedError(message("单位看得到办到哪一步，看不到职工的材料"))

    def work(unit: Unit) -> FormFile:
        form = form_in_case(unit, case_id)
        if form is None:
            raise NotFoundError(message("信息表还没有出"))
        content = {"case": case_id, "form": form.number}
        extend_any_chain(unit, row.chain, actor.id, "read_transfer_form", content)
        return signed_form(database.secrets, form)

    return database.write(work, people=[row.person_id])


def receive_file(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    content: bytes,
    trusted: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Take in a form of another store: ``case``, ``form``, ``months``, ``balance`` and ``due_on``.

    It belongs to the accepted application of the person whom it is about; without one it is
    ``NotFoundError``, and taken in again it is ``ConflictError``.
    """
    require(actor, "change_person", area=actor.area)
    form = read_file(content, trusted)
    person_id = find_person(database, form.certificate, form.id_number, actor=actor)
    if person_id is None:
        raise NotFoundError(message("信息表上的人没有在这里登记"))
    instant = at or now()
    content_hash = digest([form.number, trusted])

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        case_id = _waiting_case(unit, person_id, form)
        require_case(actor, "move_case", case_row(unit, case_id))
        keep_form(unit, form, IN, person_id, case_id, instant)
        follow_within(unit, case_id, "receive_form", actor=actor, at=instant, library=library)
        due_on = case_row(unit, case_id).due_on
        answer = {
            "case": case_id,
            "person": person_id,
            "form": form.number,
            "months": len(form.months()),
            "balance": form.balance,
            "due_on": None if due_on is None else due_on.isoformat(),
        }
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "receive_transfer_form", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def _waiting_case(unit: Unit, person_id: str, form: InformationForm) -> str:
    cases: list[tuple[str, Any]] = open_cases(unit, TRANSFER_IN, person_id)
    of_area = [case for case, wish in cases if is_within(form.from_area, wish.from_area)]
    for case_id in of_area:
        if case_row(unit, case_id).state == TransferState.ACCEPTED:
            return case_id
    if of_area:
        raise ConflictError(message("信息表 {number} 已经收过，不能再收一次", number=form.number))
    raise NotFoundError(message("没有从 {area} 转入、已经受理的申请", area=form.from_area))
