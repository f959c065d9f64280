"""``yibao mcp``: the calculators and policies as tools of an assistant."""

from __future__ import annotations

from yibao.errors import NotFoundError
from yibao.extras import install_command
from yibao.messages import message


def mcp() -> None:
    """把计算与政策库作为工具交给智能助手（MCP，标准输入输出）。

    例子：
      yibao mcp
    """
    try:
        from yibao.assistant.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types", "anyio"):
            raise
        raise NotFoundError(
            message("接智能助手需要 {command}", command=install_command("mcp"))
        ) from None
    from yibao import library
    from yibao.assistant.tools import Toolbox
    from yibao.inquiry.calculators import Context
    from yibao.inquiry.reading import today

    packs = library.load()
    serve(lambda: Toolbox(packs, lambda: Context(packs, today(), include=frozenset())))
