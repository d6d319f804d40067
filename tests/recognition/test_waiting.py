"""Who gets the worker next, and who has to leave the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.waiting import Urgency, Waiting

pytestmark = pytest.mark.unit

URGENCY = {"L": Urgency.LIVE, "E": Urgency.ENROLMENT, "P": Urgency.PREVIEW}


def check(arrivals: str, dropped: str, served: str, limit: int = 3) -> None:
    """Arrivals like "P1 L1": their urgency and a name; then everybody is served."""
    line: Waiting[str] = Waiting(limit)
    left = [one for name in arrivals.split() if (one := line.add(name, URGENCY[name[0]])) is not None]
    assert left == dropped.split()
    assert [line.take() for _ in range(len(line))] == served.split()
    assert line.take() is None


@pytest.mark.parametrize(
    ("arrivals", "dropped", "served"),
    [
        ("", "", ""),
        ("L1 L2 L3", "", "L1 L2 L3"),
        ("P1 L1 E1", "", "L1 E1 P1"),  # a call's still goes before an officer's picture, both before previews
        ("L1 L2 L3 L4", "L1", "L2 L3 L4"),  # among equals the oldest goes: it says least about now
        ("P1 L1 P2 L2", "P1", "L1 L2 P2"),  # the oldest of the least urgent
        ("L1 L2 L3 P1", "P1", "L1 L2 L3"),  # a preview never pushes a call's still out
        ("E1 E2 P1 L1 L2", "P1 E1", "L1 L2 E2"),
    ],
)
def test_the_urgent_go_first_and_the_oldest_of_the_least_urgent_leaves(
    arrivals: str, dropped: str, served: str
) -> None:
    check(arrivals, dropped, served)


def test_who_gives_up_is_not_served() -> None:
    line: Waiting[str] = Waiting(3)
    for name in ("a", "b"):
        line.add(name, Urgency.LIVE)
    line.discard("a")
    line.discard("somebody else")
    assert [line.take(), line.take()] == ["b", None]


@given(st.lists(st.sampled_from(Urgency)), st.integers(1, 5))
def test_the_line_never_outgrows_its_limit_and_loses_nobody_silently(arrivals: list[Urgency], limit: int) -> None:
    line: Waiting[int] = Waiting(limit)
    dropped = []
    for number, urgency in enumerate(arrivals):
        left = line.add(number, urgency)
        assert len(line) <= limit
        dropped += [] if left is None else [left]
    served = [one for _ in range(len(line)) if (one := line.take()) is not None]
    assert sorted([*dropped, *served]) == list(range(len(arrivals)))
    assert [arrivals[number] for number in served] == sorted(arrivals[number] for number in served)
