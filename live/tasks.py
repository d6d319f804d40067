"""Work that somebody else owns: its failure ends nobody else's, and it is called off by a call."""

from collections.abc import Callable, Coroutine
from typing import TypeAlias

Work: TypeAlias = Coroutine[None, None, object]
CallOff: TypeAlias = Callable[[], object]
Own: TypeAlias = Callable[[Work], CallOff]
"""Starts a task, whose failure is logged and ends nobody else's, and says how to call it off."""
