"""The pace of a browser, in rows and as a property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.pace import Pace

pytestmark = pytest.mark.unit


def kept(rate: float, times: list[float]) -> str:
    """One letter a message: k for kept, – for too many."""
    pace = Pace(rate, heard_at=0.0)
    return "".join("k" if pace.keeps(heard_at) else "–" for heard_at in times)


@pytest.mark.parametrize(
    ("times", "letters"),
    [
        ([0.0, 0.0, 0.0, 0.0], "kkk–"),  # as many at once as a second may have
        ([0.0, 0.0, 0.0, 0.2, 0.34], "kkk–k"),  # a third of a second buys one
        ([9.0, 9.0, 9.0, 9.0], "kkk–"),  # a long silence saves nothing up
        ([0.4, 0.8, 1.2, 1.6, 2.0, 2.4], "kkkkkk"),
    ],
)
def test_three_messages_a_second_pass(times: list[float], letters: str) -> None:
    assert kept(3, times) == letters


@given(st.lists(st.floats(0, 0.5), max_size=200))
def test_no_second_ever_has_more_than_twice_the_rate(waits: list[float]) -> None:
    rate, at, pace = 5.0, 0.0, Pace(5.0, heard_at=0.0)
    passed: list[float] = []
    for wait in waits:
        at += wait
        if pace.keeps(at):
            passed.append(at)
    for start in passed:
        # a full bucket, and what a second refills; the fraction is arithmetic's
        assert sum(start <= moment < start + 1 for moment in passed) <= 2 * rate + 1e-6
