"""yibao: China's basic medical insurance, executable.

The public library surface is :mod:`yibao.library`; everything else is a room
that the doors in ``pyproject.toml`` (import contract) keep in order.
"""

__version__ = "0.1.0"
