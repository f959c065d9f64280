"""How templates become Python: what a language settles is settled once, not on every page.

Each language has an environment of its own.  So ``_('…')`` without values is a text of the
template, and ``t(…)``, which a page says hundreds of times, is called without asking at every
call whether it wants to know the template's state.  What was made of a template is kept on disk.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    nodes,
)
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer

from yibao.messages.catalogue import path_of, translated
from yibao.messages.pages import speak
from yibao.policy.cache import content_key, own_folder

_PLAIN = frozenset(("t", "marked", "show_step", "classes", "html_language"))
"""Functions that want nothing of the template which calls them."""
_MODULES = frozenset(("charts", "fragments"))
"""Names of globals all of whose functions are such."""


class _Said(NodeTransformer):
    """Puts the text of a language where a template says a constant one."""

    def __init__(self, language: str) -> None:
        self._language = language

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - named by the visitor
        self.generic_visit(node)
        words = [word.value for word in node.args if isinstance(word, nodes.Const)]
        whole = len(words) == len(node.args) and not (
            node.kwargs or node.dyn_args or node.dyn_kwargs
        )
        if not whole or not isinstance(node.node, nodes.Name):
            return node
        match node.node.name, words:
            case ("_" | "gettext", [source]):
                text = translated(source, "", self._language)
            case ("pgettext", [context, source]):
                text = translated(source, context, self._language)
            case _:
                return node
        # Every text is a format, as it is where values are put into it.
        return nodes.TemplateData(text % {}, lineno=node.lineno)


class _Code(CodeGenerator):
    """The Python of a template."""

    def visit_Template(  # noqa: N802 - named by the visitor
        self, node: nodes.Template, frame: Frame | None = None
    ) -> None:
        assert isinstance(self.environment, PageEnvironment)
        _Said(self.environment.language).visit(node)
        super().visit_Template(node, frame)

    def visit_Call(  # noqa: N802 - named by the visitor
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        if forward_caller or not _is_plain(node.node):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        # The signature begins every argument with a comma.
        self.write("(*()")
        self.signature(node, frame)
        self.write(")")


def _is_plain(called: nodes.Expr) -> bool:
    if isinstance(called, nodes.Name):
        return called.name in _PLAIN
    return (
        isinstance(called, nodes.Getattr)
        and isinstance(called.node, nodes.Name)
        and called.node.name in _MODULES
    )


class PageEnvironment(Environment):
    """Where the templates of one language are written."""

    code_generator_class = _Code

    def __init__(self, folder: Path, language: str, **settings: Any) -> None:
        self.language = language
        super().__init__(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            bytecode_cache=_kept(language),
            **settings,
        )
        speak(self, language)

    def prepare(self) -> None:
        """Make the Python of every template now, so that no page waits for it."""
        for name in self.list_templates(extensions=["html"]):
            self.get_template(name)


class _Kept(FileSystemBytecodeCache):
    """Python of templates on disk: a folder that is gone or full is no fault."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


@cache
def _kept(language: str) -> _Kept | None:
    """Where the Python of templates lies: it holds texts of a language's catalogue."""
    made_of = (Path(__file__), path_of(language))
    key = content_key((path.name, path.read_bytes()) for path in made_of if path.exists())
    folder = own_folder("templates", key)
    if folder is None:
        return None
    return _Kept(str(folder), f"{language}-%s")
