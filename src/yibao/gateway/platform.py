"""The platform behind the interface: a message in, an answer out."""

from __future__ import annotations

import datetime
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from yibao import messages
from yibao.access.operations import digest
from yibao.database.unit import Database
from yibao.errors import NotFoundError, YibaoError
from yibao.exchange import control
from yibao.exchange.nonces import GOOD_FOR, Nonces, UsedUp
from yibao.exchange.sent import earlier_output
from yibao.gateway import answers, signing
from yibao.gateway.call import Call
from yibao.gateway.checking import check
from yibao.gateway.errors import HeaderError, MessageError, NotOfferedError, titled
from yibao.gateway.fields import envelope_fields, shown_name, transactions
from yibao.gateway.headers import Speaker, grant_token, require_speaks_for, verify
from yibao.gateway.identifiers import with_wire_ids
from yibao.gateway.inspector.keeping import keep_exchange
from yibao.gateway.message import BINARY, GatewayMessage, Received, Reply
from yibao.gateway.mobile_envelope import (
    is_bare,
    is_mobile,
    is_mobile_message,
    open_bare,
    open_mobile,
    seal_mobile,
)
from yibao.gateway.reading import as_download, asks_for_token, decode_object, read_message
from yibao.gateway.registry import (
    ALIASES,
    HANDLERS,
    PROVINCIAL,
    UNPUBLISHED,
    WITHOUT_CODES,
    WRITES,
    Answer,
    File,
    Handler,
)
from yibao.gateway.service import Service
from yibao.gateway.settings import Clock, GatewaySettings
from yibao.gateway.shaping import shaped
from yibao.gateway.transactions.files import owner
from yibao.gateway.transactions.mobile import owner_of_order
from yibao.gateway.transactions.settling import UNKNOWN_OUTCOME
from yibao.gateway.values import instant
from yibao.messages import Text, text_of
from yibao.policy.compile import PolicyLibrary

_LOG = logging.getLogger(__name__)

NOTHING = b"{}"
"""The output of a transaction that has none.  It goes out as null, which a client reads whose
model has a text there and one whose model has an object; only where a client decrypts every
output is it an object."""

_FAULT_MESSAGES = {
    "busy": messages.message("平台繁忙，没有处理这条报文；请稍后用同一报文编号重发"),
    "error": messages.message("平台内部错误，没有写入任何内容；请用同一报文编号重发"),
}
FAULT_SECONDS = {"timeout": 90, "slow": 5}


def _is_sandbox(database: Database) -> bool:
    """Whether a store is marked as one; one that cannot be read now is taken as real."""
    try:
        return database.is_sandbox()
    except YibaoError:
        return False


class Platform:
    """One process that answers institutions."""

    def __init__(
        self,
        database: Database,
        library: PolicyLibrary,
        settings: GatewaySettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.database = database
        self.library = library
        self.settings = settings or GatewaySettings()
        if not _is_sandbox(database):
            # Whatever it was told: nothing is made up in a real store, and nothing let pass.
            self.settings = replace(
                self.settings, strict=True, sandbox=False, make_up=False, inspect=False
            )
        self.clock = clock or Clock()
        self._generation: str | None = None
        self._clock_told: str | None = None
        self.nonces = Nonces(database)
        self._begin()

    def _begin(self) -> None:
        """Forget what this process keeps of the store."""
        self.service = Service(self.database, self.library, self.settings, self.clock)

    def answer(self, received: Received) -> Reply:
        """Answer one request; every error becomes an answer."""
        reply = self._answer(received)
        if self.settings.inspect:
            try:
                keep_exchange(self.database, received, reply)
            except YibaoError as error:  # the sender has its answer all the same
                _LOG.warning("%s", error)
        return reply

    def _listen(self) -> None:
        """Do what the sandbox was told since the last message."""
        orders = control.controls(self.database)
        generation = orders.get(control.GENERATION, {}).get("generation")
        if generation != self._generation:
            self._generation = generation
            self._begin()
        clock_order = orders.get(control.CLOCK, {})
        if clock_order.get("told") != self._clock_told:
            self._clock_told = clock_order.get("told")
            self.clock.set(instant(clock_order["at"], "clock") if clock_order else None)

    def _answer(self, received: Received) -> Reply:
        now = self.clock.now()
        message: GatewayMessage | None = None
        try:
            if self.settings.sandbox:
                self._listen()
                now = self.clock.now()
            if asks_for_token(received):
                return self._token(received)
            real_now = datetime.datetime.now(datetime.UTC)
            speaker = verify(received.headers, self.settings.headers, real_now)
            message = read_message(as_download(received), self._mobile)
            if message.infno == "9102" and not message.institution:
                message.envelope["fixmedins_code"] = owner(message, self.database)
            require_speaks_for(speaker, message.institution)
            if speaker is None and not is_mobile_message(message):
                signing.require_signer(message, self.settings.senders)
            signature = signing.open_input(message, received.body, self._keys(message))
            self._take_nonces(speaker, message, signature, received.body, real_now)
            fault_order = self._fault(message)
            fault = str(fault_order.get("kind", ""))
            if fault in ("busy", "error"):
                return self._failure(message, _FAULT_MESSAGES[fault], now)
            reply = self._reply(message, self._answer_of(message, now), now, fault)
            reply.delay = fault_order.get("seconds") or FAULT_SECONDS.get(fault, 0)
            return reply
        except HeaderError as error:
            body = answers.encode_output({"code": 401, "message": str(error)})
            return Reply(body, status=401, infcode=answers.FAILED, error=error.said)
        except YibaoError as error:
            return self._failure(message, error.said, now)
        except Exception:  # the sender gets an answer whatever happens here
            reference = answers.reference("", now)
            _LOG.exception("%s", messages.message("报文处理失败 {reference}", reference=reference))
            apology = messages.message(
                "平台内部错误，没有写入任何内容；请用同一报文编号重发，并告知编号 {reference}",
                reference=reference,
            )
            return self._failure(message, apology, now)

    def _take_nonces(
        self,
        speaker: Speaker | None,
        message: GatewayMessage,
        signature: signing.VerifiedSignature | None,
        body: bytes,
        now: datetime.datetime,
    ) -> None:
        """``HeaderError`` for a request that came before, unless it is a write sent again.

        A write sent again word for word gets its first answer by its own message id.
        """
        is_write = ALIASES.get(message.infno, message.infno) in WRITES
        used: list[UsedUp] = []
        if speaker is not None and speaker.nonce:
            content = hashlib.sha256(body).hexdigest()
            of_body = "" if speaker.covers_once else content
            nonce = f"{speaker.name}\n{speaker.nonce} {of_body}"
            used.append(UsedUp(nonce, content, now + GOOD_FOR))
        if signature is not None and (is_write or not signature.over_input):
            # A signature is for one message: over its input alone it says nothing of the id,
            # over the rest nothing of the input, and neither of the day: what it was for is
            # never forgotten.
            files = [[name, hashlib.sha256(part).hexdigest()] for name, part in message.files]
            of_message = digest([message.infno, message.msgid, message.input, files])
            used.append(UsedUp(f"sm2 {message.institution}\n{signature.digits}", of_message, None))
        for nonce_use in used:
            before = self.nonces.take(nonce_use, now)
            if before is not None and (before != nonce_use.content or not is_write):
                raise HeaderError(
                    messages.message(
                        "这个请求的随机串或签名已经用过，没有办理；"
                        "重发写入的报文请一字不改，别的请重新签名"
                    )
                )

    def _token(self, received: Received) -> Reply:
        """For clients that fetch a token first and carry it in ``Authorization``."""
        now = datetime.datetime.now(datetime.UTC)
        granted = grant_token(received.headers, self.settings.headers, now)
        grant = {"access_token": granted, "token_type": "bearer", "expires_in": 86_400}
        return Reply(answers.encode_output(grant))

    def _mobile(self, plain: dict[str, Any], infno: str) -> GatewayMessage | None:
        """The message of an app of mobile payment; without keys any app's that is readable."""
        apps = self.settings.apps
        if is_mobile(plain) and (apps or not is_bare(plain, infno)):
            return open_mobile(plain, infno, apps)
        if is_bare(plain, infno) and not apps:
            return open_bare(plain, infno, lambda number: owner_of_order(self.database, number))
        return None

    def _fault(self, message: GatewayMessage) -> Mapping[str, Any]:
        """What was told to happen to this message: its kind, and seconds; empty: nothing."""
        if not self.settings.sandbox:
            return {}
        return control.take_fault(self.database, message.infno) or {}

    def _keys(self, message: GatewayMessage) -> signing.SenderKeys | None:
        return signing.keys_of(message, self.settings.senders)

    def _answer_of(self, message: GatewayMessage, now: datetime.datetime) -> Answer:
        infno = ALIASES.get(message.infno, message.infno)
        handler, transaction = HANDLERS.get(infno), transactions().get(infno)
        if handler is None or transaction is None:
            if infno in UNPUBLISHED:
                raise NotOfferedError(
                    messages.message(
                        "交易 {transaction} 的字段表没有公开，平台无从读取，所以不提供",
                        transaction=shown_name(message.infno),
                    )
                )
            if infno in PROVINCIAL:
                raise NotOfferedError(
                    messages.message(
                        "交易 {transaction} 是个别省自己的，国家的接口没有它的字段，所以不提供",
                        transaction=shown_name(message.infno),
                    )
                )
            if infno in WITHOUT_CODES:
                raise NotOfferedError(
                    messages.message(
                        "交易 {transaction} 的结果代码没有公开，平台不编造结论，所以不提供",
                        transaction=shown_name(message.infno),
                    )
                )
            raise NotOfferedError(
                messages.message(
                    "本平台不提供交易 {transaction}，提供的交易见 docs/interface.md",
                    transaction=shown_name(message.infno),
                )
            )
        self._check_envelope(message, infno)
        nodes = check(message, transaction, strict=self.settings.strict)
        call = Call(self.service, message, nodes, infno, now)
        call.known_institution()
        if infno not in WRITES:
            answer = _answered(handler, call)
            return shaped(infno, answer) if isinstance(answer, dict) else answer
        try:
            return _answered(handler, call)
        except YibaoError:
            # Whatever stops it now, the same message keeps its first answer.
            earlier = earlier_output(self.database, call.sent)
            if earlier is None:
                raise
            if infno in UNKNOWN_OUTCOME:
                self.service.book.require_not_withdrawn(call.institution, call.sent.message_id)
            return earlier.encode()

    def _check_envelope(self, message: GatewayMessage, infno: str) -> None:
        for known in envelope_fields():
            if not known.marked or message.envelope.get(known.name) or known.name == "input":
                continue
            needed = known.name == "fixmedins_code" or (known.name == "msgid" and infno in WRITES)
            place = titled(known.name, known.zh)
            if needed or self.settings.strict:
                raise MessageError(messages.message("报文头缺少必填项，请填写后重发"), place=place)
            message.note(place, messages.message("报文头没有写；沙箱不要求"))
        if len(message.institution) > 40 or len(message.msgid) > 80:
            raise MessageError(
                messages.message("机构编号或报文编号过长，请按规范填写"),
                place=messages.message("报文头"),
            )

    # --- answers -----------------------------------------------------------------------------

    def _reply(
        self, message: GatewayMessage, answer: Answer, now: datetime.datetime, fault: str
    ) -> Reply:
        if isinstance(answer, File):
            return Reply(answer.content, BINARY, message=message, file_name=answer.name)
        output = answer if isinstance(answer, bytes) else answers.encode_output(answer)
        if output == NOTHING and message.encrypted is None and not message.envelope.get("app_id"):
            output = b"null"
        sealed = signing.seal_output(output, message, self._keys(message))
        app = message.envelope.get("app_id") or ""
        if app in self.settings.apps:
            head = seal_mobile(decode_object(output, "output"), app, self.settings.apps[app])
            sealed |= {name: answers.encode_output(value) for name, value in head.items()}
        if fault == "signature":
            sealed |= {"cainfo": b'"d3Jvbmc="', "signtype": b'"SM2"'}
        return Reply(self._envelope(message, answers.DONE, "", now, sealed), message=message)

    def _failure(
        self, message: GatewayMessage | None, error: Text, now: datetime.datetime
    ) -> Reply:
        error = with_wire_ids(error)
        body = self._envelope(message, answers.FAILED, error, now, None)
        return Reply(body, infcode=answers.FAILED, message=message, error=error)

    def _envelope(
        self,
        message: GatewayMessage | None,
        infcode: int,
        error: Text,
        now: datetime.datetime,
        sealed: dict[str, bytes] | None,
    ) -> bytes:
        division = message.envelope.get("mdtrtarea_admvs") if message is not None else None
        return answers.envelope(
            infcode=infcode,
            message=text_of(error),
            division=division or "",
            received=now,
            answered=self.clock.now(),
            sealed=sealed,
        )

    def busy(self) -> Reply:
        """The answer when too much is in hand."""
        return self._failure(None, _FAULT_MESSAGES["busy"], self.clock.now())


def _answered(handler: Handler, call: Call) -> Answer:
    """What a handler answers; for a record that was merged, of the one that goes on."""
    try:
        return handler(call)
    except NotFoundError as error:
        led = call.led_on()
        if led is None:
            raise
        try:
            return handler(led)
        except YibaoError:
            raise error from None
