"""Who waits for the one worker: the urgent go first, and when the line is full the oldest of the least urgent goes."""

from collections import deque
from enum import IntEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Urgency(IntEnum):
    """Lower goes first."""

    LIVE = 0  # a still of a call
    ENROLMENT = 1  # an officer waits for an answer
    PREVIEW = 2  # one of many, the next comes in a second


class Waiting(Generic[T]):
    """Values only; who takes one from here does the work."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lines: dict[Urgency, deque[T]] = {urgency: deque() for urgency in Urgency}

    def __len__(self) -> int:
        return sum(len(line) for line in self._lines.values())

    def add(self, item: T, urgency: Urgency) -> T | None:
        """Join the line; returns who had to leave it for that, which may be `item` itself."""
        self._lines[urgency].append(item)
        if len(self) <= self._limit:
            return None
        return next(line for line in reversed(self._lines.values()) if line).popleft()

    def take(self) -> T | None:
        """The most urgent who has waited longest."""
        line = next((line for line in self._lines.values() if line), None)
        return None if line is None else line.popleft()

    def discard(self, item: T) -> None:
        """`item` does not wait any longer."""
        for line in self._lines.values():
            if item in line:
                line.remove(item)
