"""What is asked about a change of an area's catalogue: the same on a page and in the API."""

from __future__ import annotations

from yibao.inquiry.fields import Field
from yibao.messages import message

CATALOGUE: tuple[Field, ...] = (
    Field("start", message("从哪天起"), "day", required=True),
    Field(
        "whole",
        message("文件是整本目录：没有列出的调出"),
        "flag",
    ),
)
CATALOGUE_FILE = Field(
    "file",
    message("目录，CSV 或 .xlsx，Base64；列是编码、名称、类别、种类、先行自付、限价"),
    "content",
    required=True,
)
CATALOGUE_PREVIEW = Field("preview", message("只看不写"), "flag")
