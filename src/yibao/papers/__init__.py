"""Papers to print: a layout and what stands in it become a tagged PDF."""

from yibao.papers.render import Paper, Row, Section, render

__all__ = ["Paper", "Row", "Section", "render"]
