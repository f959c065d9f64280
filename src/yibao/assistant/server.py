"""The MCP server over standard input and output; needs the extra ``yibao[mcp]``."""

from __future__ import annotations

import logging
from collections.abc import Callable

import anyio
import mcp.types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from yibao import __version__
from yibao.assistant.tools import INSTRUCTIONS, Tool, Toolbox, fault_text
from yibao.errors import NotFoundError, RefusedError
from yibao.inquiry.basis import NOTICE
from yibao.inquiry.filling import FieldsError
from yibao.messages import text_of

LOGGER = logging.getLogger("yibao.assistant")

_ANNOTATIONS = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.schema,
        annotations=_ANNOTATIONS,
    )


def _failed(text: str, **structured: object) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(text=f"{text}\n{NOTICE}")],
        structured_content={**structured, "notice": NOTICE},
        is_error=True,
    )


def call(toolbox: Toolbox, name: str, arguments: dict[str, object]) -> types.CallToolResult:
    """Answer one call; whatever goes wrong is an error of the tool, in Chinese."""
    # Assistants write null for what they leave out.
    written = {key: value for key, value in arguments.items() if value is not None}
    try:
        tool = toolbox.named(name)
        told = tool.answer(written)
        return types.CallToolResult(
            content=[types.TextContent(text=told.text)], structured_content=told.structured
        )
    except FieldsError as error:
        errors = [{"field": field, "message": text_of(text)} for field, text in error.faults]
        return _failed(fault_text(error), errors=errors)
    except (RefusedError, NotFoundError) as error:
        return _failed(str(error))
    except Exception as error:
        # Its message may repeat what was typed; the type says enough to begin with.
        LOGGER.error("tool %s failed: %s", name[:40], type(error).__name__)
        return _failed("出错了，是我们的问题；请换一种问法，或报错。")


def make_server(toolbox: Toolbox) -> Server:
    """The server with all tools."""

    async def list_tools(
        context: ServerRequestContext, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in toolbox.tools.values()])

    async def call_tool(
        context: ServerRequestContext, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        return call(toolbox, params.name, dict(params.arguments or {}))

    return Server(
        "yibao",
        version=__version__,
        title="医保明白账",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def serve(open_toolbox: Callable[[], Toolbox]) -> None:
    """Serve until standard input ends."""
    server = make_server(open_toolbox())

    async def run() -> None:
        async with stdio_server() as (read_stream, write_stream):
            await server.run(read_stream, write_stream, server.create_initialization_options())

    anyio.run(run)
