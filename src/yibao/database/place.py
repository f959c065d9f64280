"""Where the store is: a given address, the environment, or a file of this person's own."""

from __future__ import annotations

import os
from pathlib import Path

from yibao.errors import InputError
from yibao.messages import message
from yibao.private_files import OWNER_ALONE

URL_VARIABLE = "YIBAO_DATABASE_URL"
SANDBOX_VARIABLE = "YIBAO_SANDBOX_URL"
FOLDER_VARIABLE = "YIBAO_DATA_DIR"


def data_folder() -> Path:
    """The folder of the embedded store (made when a store is); ``YIBAO_DATA_DIR`` moves it."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME")
    try:
        return Path(base) / "yibao" if base else Path.home() / ".local" / "share" / "yibao"
    except RuntimeError:
        raise InputError(
            message("找不到存放数据的文件夹，请设 {variable}", variable=FOLDER_VARIABLE)
        ) from None


def store_url(url: str | None = None) -> str:
    """``url``, else ``YIBAO_DATABASE_URL``, else SQLite in :func:`data_folder`."""
    return (
        url or os.environ.get(URL_VARIABLE) or f"sqlite:///{(data_folder() / 'yibao.db').resolve()}"
    )


def make_file(file: Path) -> None:
    """An empty file that only its owner reads: an embedded store holds people's records."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, OWNER_ALONE))
    except OSError as error:
        raise InputError(
            message("建不了数据库文件：{reason}", reason=error.strerror), place=str(file)
        ) from None
