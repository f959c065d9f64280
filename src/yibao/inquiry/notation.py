"""How the values of an input are written, kind by kind: on a form, in JSON, in a schema.

Each kind is described once, by its notation.  A form and a JSON object are both read straight
into the same typed values; a value written back as text is what an address that can be shared
says.
"""

from __future__ import annotations

import binascii
import datetime
import re
from collections.abc import Mapping
from typing import Any

from yibao.errors import InputError
from yibao.inquiry import reading
from yibao.inquiry.fields import YES, Field
from yibao.messages import Listed, Text, message
from yibao.policy.days import is_instant

Json = dict[str, Any]
_SHOWN = 20
"""Characters of a wrong text that are said back."""
_DIGITS = 9
"""Of a whole number that somebody writes."""


class Notation:
    """A text of some kind; the other kinds say what differs."""

    pattern = ""
    """Of the texts in JSON."""
    written: Text = ""
    """How it is written, for the description of a schema."""

    def how(self, field: Field) -> Text:
        """How a value is written, for whoever wrote it otherwise."""
        return message("请写{written}", written=self.written)

    def of_text(self, field: Field, text: str) -> Any:
        """What a form's text says; ``InputError`` without a place."""
        return text

    def text(self, value: Any) -> str:
        """A value as a form would say it."""
        return str(value)

    def of_json(self, field: Field, value: Any) -> Any:
        """What a value of JSON says; ``InputError`` without a place."""
        if isinstance(value, bool):
            raise InputError(message("这里不是 true 或 false：{value}", value=self.how(field)))
        if isinstance(value, int):
            return self._of_number(field, value)
        if isinstance(value, float):
            raise InputError(
                message('小数请写成文本，例如 "8000.50"：{value}', value=self.how(field))
            )
        if not isinstance(value, str):
            raise self._of_another_type(field)
        return self._of_json_text(field, value)

    def _of_number(self, field: Field, value: int) -> Any:
        raise self._of_another_type(field)

    def _of_json_text(self, field: Field, value: str) -> Any:
        if not re.match(self.pattern.removesuffix("$") + r"\Z", value):
            raise InputError(
                message("{value} 不对：{how}", value=repr(value[:_SHOWN]), how=self.how(field))
            )
        return self.of_text(field, value)

    def _of_another_type(self, field: Field) -> InputError:
        return InputError(message("类型不对：{value}", value=self.how(field)))

    def bounded(self, field: Field, value: Any) -> Any:
        """The value where the field counts; ``InputError`` beyond its bounds."""
        return value

    def schema(self, field: Field) -> Json:
        """The JSON Schema of a value, without words."""
        return {"type": "string", "pattern": self.pattern}

    def default(self, field: Field) -> Any:
        """The default of a field as a schema says it."""
        return field.default


class _Identifier(Notation):
    pattern = r"^[A-Za-z0-9_.:-]{1,40}$"
    written = message("编号，最多 40 个字母、数字和 _ . : -")


class _Name(Notation):
    pattern = r"^[^\s\x00-\x1f](.{0,38}[^\s\x00-\x1f])?$"
    written = message("最多 40 个字，前后没有空格")


class _Prose(Notation):
    pattern = r"^[\s\S]{1,2000}$"
    written = message("1 到 2000 个字")


class _Content(Notation):
    """The bytes of a file."""

    pattern = r"^[A-Za-z0-9+/]{4,}={0,2}$"
    written = message("文件的内容，写成 Base64，中间没有空格和换行")

    def of_text(self, field: Field, text: str) -> bytes:
        try:
            return binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error:
            raise InputError(message("这不是完整的 Base64")) from None


class _Choice(Notation):
    def how(self, field: Field) -> Text:
        return message("请写 {choices}", choices=Listed(choice.code for choice in field.choices))

    def of_text(self, field: Field, text: str) -> str:
        if not any(text == choice.code for choice in field.choices):
            raise InputError(message("没有这个选项，请从列表中选"))
        return text

    def _of_json_text(self, field: Field, value: str) -> str:
        if not any(value == choice.code for choice in field.choices):
            raise InputError(
                message(
                    "没有 {value} 这个选项：{how}",
                    value=repr(value[:_SHOWN]),
                    how=self.how(field),
                )
            )
        return value

    def schema(self, field: Field) -> Json:
        return {"type": "string", "enum": [choice.code for choice in field.choices]}


class _Area(Notation):
    pattern = r"^[^\s\x00-\x1f](.{0,38}[^\s\x00-\x1f])?$"
    written = message("省、市、县的名称或六位代码")

    def of_text(self, field: Field, text: str) -> str:
        return text if field.resolve is None else field.resolve(text)


class _Day(Notation):
    pattern = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
    written = message("日期，写成 2025-03-01")

    def of_text(self, field: Field, text: str) -> datetime.date:
        return reading.day(text, "")

    def _of_json_text(self, field: Field, value: str) -> Any:
        if is_instant(value):  # read as well, though the schema promises days alone
            return self.of_text(field, value)
        return super()._of_json_text(field, value)

    def schema(self, field: Field) -> Json:
        return {**super().schema(field), "format": "date"}


class _Month(Notation):
    pattern = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"
    written = message("月份，写成 2025-03")

    def of_text(self, field: Field, text: str) -> int:
        return reading.month(text, "")

    def text(self, value: int) -> str:
        return f"{value // 100:04d}-{value % 100:02d}"


class _Hundredths(Notation):
    """A number with at most two decimals, held in hundredths."""

    def text(self, value: int) -> str:
        whole, rest = divmod(value, 100)
        return f"{whole}.{rest:02d}" if rest else str(whole)


class _Fen(_Hundredths):
    pattern = r"^[0-9]{1,11}(\.[0-9]{1,2})?$"
    written = message("元，最多两位小数的文本，例如 “8000.50”")

    def of_text(self, field: Field, text: str) -> int:
        plain = text.replace(",", "").replace("，", "").removesuffix("元").strip()
        return reading.amount(plain, "")

    def _of_number(self, field: Field, value: int) -> int:
        return reading.amount(str(_within(value, 0, self._most(field))), "")

    def _most(self, field: Field) -> int:
        """In whole yuan."""
        return field.most // 100

    def bounded(self, field: Field, value: int) -> int:
        if field.most and value > field.most:
            raise InputError(message("太大了，最多 {most} 元", most=f"{self._most(field):,}"))
        return value

    def schema(self, field: Field) -> Json:
        whole = {"type": "integer", "minimum": 0, "maximum": self._most(field)}
        return {"anyOf": [super().schema(field), whole]}


class _BasisPoints(_Hundredths):
    pattern = r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$"
    written = message("百分数，0 到 100，最多两位小数的文本，例如 “10”")

    def of_text(self, field: Field, text: str) -> int:
        return reading.share(text.removesuffix("%").strip(), "")


class _Whole(Notation):
    def how(self, field: Field) -> Text:
        return message("请写 {least} 到 {most} 的整数", least=field.least, most=field.most)

    def of_text(self, field: Field, text: str) -> int:
        if not text.isdecimal() or not text.isascii() or len(text) > _DIGITS:
            raise InputError(message("{text} 不是整数", text=repr(text)))
        return reading.whole(int(text), "", field.least, field.most)

    def _of_number(self, field: Field, value: int) -> int:
        return _within(value, field.least, field.most)

    def _of_json_text(self, field: Field, value: str) -> int:
        raise self._of_another_type(field)

    def schema(self, field: Field) -> Json:
        return {"type": "integer", "minimum": field.least, "maximum": field.most}

    def default(self, field: Field) -> int:
        return int(field.default)


class _Flag(Notation):
    def of_text(self, field: Field, text: str) -> bool:
        if text not in (YES, "true", "false"):
            raise InputError(message("只能打勾或不打勾"))
        return text != "false"

    def text(self, value: bool) -> str:
        return YES if value else ""

    def of_json(self, field: Field, value: Any) -> bool:
        if not isinstance(value, bool):
            raise InputError(message("请写 true 或 false"))
        return value

    def schema(self, field: Field) -> Json:
        return {"type": "boolean"}


def _within(number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise InputError(message("应在 {least} 到 {most} 之间", least=least, most=most))
    return number


NOTATIONS: Mapping[str, Notation] = {
    "area": _Area(),
    "choice": _Choice(),
    "day": _Day(),
    "month": _Month(),
    "fen": _Fen(),
    "basis_points": _BasisPoints(),
    "whole": _Whole(),
    "flag": _Flag(),
    "id": _Identifier(),
    "name": _Name(),
    "prose": _Prose(),
    "content": _Content(),
    "text": Notation(),
}
"""By the kind of a field."""
