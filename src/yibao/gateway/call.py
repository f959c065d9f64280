"""A checked message in hand, with everything that a transaction may use."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from yibao.access.operations import digest
from yibao.access.permissions import Actor, institution_actor
from yibao.access.trail import read_record
from yibao.care.institutions import InstitutionVersion, KnownInstitution
from yibao.database.unit import Unit
from yibao.errors import NotFoundError, RefusedError
from yibao.exchange.people import NameAndNumber, name_and_number
from yibao.exchange.reading import KnownPerson, known_person, known_visit
from yibao.exchange.sent import Sent, write_answer
from yibao.exchange.visits import RegisteredVisit
from yibao.gateway.answers import Output, encode_output
from yibao.gateway.checking import Nodes
from yibao.gateway.errors import MessageError, titled
from yibao.gateway.fields import transactions
from yibao.gateway.identifiers import from_wire
from yibao.gateway.message import GatewayMessage, Row
from yibao.gateway.service import Service
from yibao.gateway.shaping import shaped
from yibao.gateway.values import day, fen, instant, instant_text
from yibao.insured.people.merged import merged_people
from yibao.messages import Text, message

MOST_NAMES = 10_000


@cache
def _places_of(infno: str) -> Mapping[tuple[str, str], Text]:
    """How an error names the fields of a transaction, by name and node; "" is the first node."""
    places: dict[tuple[str, str], Text] = {}
    for known in transactions()[infno].input:
        path = f"input.{known.name}" if known.name else "input"
        for name, known_field in known.fields.items():
            place = titled(f"{path}.{name}", known_field.zh)
            places.setdefault((name, known.name), place)
            places.setdefault((name, ""), place)
    return places


@dataclass(slots=True)
class Call:
    """One message for one transaction."""

    service: Service
    message: GatewayMessage
    nodes: Nodes
    infno: str
    """Of the transaction: 2207 for 2207A."""
    now: datetime.datetime
    leading: dict[str, str] = field(default_factory=dict)
    """Records that were merged into others, each with the one that goes on."""
    _named: set[str] = field(default_factory=set)
    _people: dict[str, KnownPerson] = field(default_factory=dict)
    _sent: Sent | None = None
    _operator: dict[str, str] | None = None

    @property
    def institution(self) -> str:
        return self.message.institution

    @property
    def actor(self) -> Actor:
        """The sender, as the operations know it."""
        return institution_actor(self.institution)

    @property
    def today(self) -> datetime.date:
        return self.now.date()

    @property
    def strict(self) -> bool:
        return self.service.settings.strict

    @property
    def sent(self) -> Sent:
        """What identifies this message; its content is ``input`` alone."""
        if self._sent is None:
            content = digest(self.message.input)
            self._sent = Sent(self.institution, self.infno, self.message.msgid, content)
        return self._sent

    @property
    def operator(self) -> dict[str, str]:
        """Who sent it at the institution, and when: kept with what was told, for 5201-5204."""
        if self._operator is None:
            head = self.message.envelope
            self._operator = {
                "opter_id": head.get("opter") or "",
                "opter_name": head.get("opter_name") or "",
                "opt_time": instant_text(self.now),
            }
        return self._operator

    def note(self, place: Text, what: Text) -> None:
        """Keep what a developer of the client should know."""
        self.message.note(place, what)

    # --- fields ------------------------------------------------------------------------------

    def place(self, name: str, node: str = "") -> Text:
        """How an error names a field: ``input.data.psn_no（人员编号）``."""
        places = _places_of(self.nodes.transaction.infno)
        return places.get((name, node)) or f"input.{name}"

    def need(self, row: Row, name: str, node: str = "") -> str:
        """The text of a field that this transaction cannot do without."""
        text = row.get(name)
        if text is None:
            raise MessageError(message("缺少必填项，请填写后重发"), place=self.place(name, node))
        return text

    def fen(self, row: Row, name: str) -> int:
        """A required amount in fen."""
        return fen(self.need(row, name), self.place(name))

    def day(self, row: Row, name: str, default: datetime.date | None = None) -> datetime.date:
        """A day; ``default`` where it is empty, noted, or else it is required."""
        text = row.get(name)
        if text is None and default is not None:
            self.note(self.place(name), message("没有写，按 {value} 处理", value=default))
            return default
        return day(self.need(row, name), self.place(name))

    def instant(self, row: Row, name: str) -> datetime.datetime:
        """An instant; now where it is empty, noted."""
        text = row.get(name)
        if text is None:
            self.note(self.place(name), message("没有写，按平台时间处理"))
            return self.now
        return instant(text, self.place(name))

    def past_instant(self, row: Row, name: str) -> datetime.datetime:
        """An instant of something that has happened: refused after the platform's clock."""
        at = self.instant(row, name)
        self.require_past(at.date(), name)
        return at

    def require_past(self, on: datetime.date, name: str) -> None:
        """Refuse a day after the platform's today: nothing is settled before it happens."""
        if on > self.today:
            raise MessageError(
                message("{on} 晚于平台日期 {today}，还没有发生的不能办理", on=on, today=self.today),
                place=self.place(name),
            )

    def person(self, row: Row) -> str:
        """Whom psn_no names; whose record goes on where that one was merged."""
        person_id = from_wire(self.need(row, "psn_no"))
        self._named.add(person_id)
        return self.leading.get(person_id, person_id)

    def led_on(self) -> Call | None:
        """The same message for the records that go on; None where it names no merged one."""
        named = self._named
        leading = self.service.database.read(lambda unit: merged_people(unit, named))
        if not leading or self.leading:
            return None
        return Call(self.service, self.message, self.nodes, self.infno, self.now, leading)

    def visit_id(self, row: Row) -> str:
        """Which visit mdtrt_id names."""
        return from_wire(self.need(row, "mdtrt_id"))

    # --- the store ---------------------------------------------------------------------------

    def institution_on(self, on: datetime.date) -> InstitutionVersion:
        """The sender as registered on a day; refused where it is not designated."""
        return self.known_institution().on(on)

    @property
    def area(self) -> str:
        """Where the sender is today, designated or not: its last registration."""
        return self.known_institution().versions[-1].facts.area

    def known_institution(self) -> KnownInstitution:
        """The sender as this process knows it; refused where it is not registered."""
        memory = self.service.settlements.memory
        known = memory.institutions.get(self.institution)
        if known is not None:
            return known
        try:
            return self.service.database.read(
                lambda unit: memory.institution(unit, self.institution)
            )
        except NotFoundError:
            raise RefusedError(
                message(
                    "平台没有登记机构 {institution}，请用登记过的编号，"
                    "沙箱可用 yibao sandbox institution add 登记",
                    institution=self.institution,
                )
            ).of(titled("fixmedins_code", message("定点医药机构编号"))) from None

    def known(self, person_id: str) -> KnownPerson:
        """A person as this message found them; ``NotFoundError`` for a psn_no of nobody."""
        person = self._people.get(person_id)
        if person is None:
            with self._somebody():
                person = self._people[person_id] = known_person(self.service.database, person_id)
        return person

    def met(self, person: KnownPerson) -> KnownPerson:
        """A person as this message found them in another way; :meth:`known` asks no more."""
        return self._people.setdefault(person.facts.id, person)

    @contextmanager
    def _somebody(self) -> Iterator[None]:
        """A psn_no of nobody is told with its place and the mend."""
        try:
            yield
        except NotFoundError as error:
            fault = message("{fault}，请用 1101 读到的人员编号", fault=error.said)
            raise NotFoundError(fault).of(self.place("psn_no")) from None

    def shown(self, person_id: str) -> KnownPerson:
        """:meth:`known`, for an answer that shows a person's record: noted on the trail first."""
        person = self._people.get(person_id)
        with self._somebody():
            read_record(
                self.service.database,
                self.actor,
                "read_person",
                person_id,
                lambda _: None,
                institution_id=self.institution,
                purpose=self.infno,
                end=None if person is None else person.end,
            )
        return self.known(person_id)

    def visit(self, row: Row) -> RegisteredVisit:
        """The visit of psn_no and mdtrt_id as committed, read with its person."""
        visit, person = known_visit(self.service.database, self.person(row), self.visit_id(row))
        self._people[visit.person_id] = person
        return visit

    def name_of(self, person_id: str) -> NameAndNumber:
        """Name and number of a person, who keeps them; read once by this process."""
        names = self.service.names
        name = names.get(person_id)
        if name is None:
            if len(names) >= MOST_NAMES:
                names.clear()
            name = names[person_id] = name_and_number(self.service.database, person_id)
        return name

    def encoded(self, output: Output) -> str:
        """The text of an output, with every field that its table names."""
        return encode_output(shaped(self.infno, output)).decode()

    def write(self, person_id: str, operation: Callable[[Unit], Output]) -> bytes:
        """Do something of the interface alone, answered once."""
        output = write_answer(
            self.service.database,
            self.sent,
            person_id,
            lambda unit: self.encoded(operation(unit)),
        )
        return output.encode()
