"""What a browser may cause, in rows and as a property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.allowance import Allowance

pytestmark = pytest.mark.unit


def taken(per_second: float, times: list[float]) -> str:
    """One letter a try: t for taken, – for too many."""
    allowance = Allowance(per_second)
    return "".join("t" if allowance.take(at) else "–" for at in times)


@pytest.mark.parametrize(
    ("times", "letters"),
    [
        ([0.0, 0.0, 0.0, 0.0], "ttt–"),  # as many at once as a second may have
        ([0.0, 0.0, 0.0, 0.2, 0.34], "ttt–t"),  # a third of a second buys one
        ([9.0, 9.0, 9.0, 9.0], "ttt–"),  # a long silence saves nothing up
        ([0.4, 0.8, 1.2, 1.6, 2.0, 2.4], "tttttt"),
    ],
)
def test_three_a_second_pass(times: list[float], letters: str) -> None:
    assert taken(3, times) == letters


@given(st.lists(st.floats(0, 0.5), max_size=200))
def test_no_second_ever_has_more_than_twice_the_rate(waits: list[float]) -> None:
    rate, at, allowance = 5.0, 0.0, Allowance(5.0)
    passed: list[float] = []
    for wait in waits:
        at += wait
        if allowance.take(at):
            passed.append(at)
    for start in passed:
        # a full bucket, and what a second refills; the fraction is arithmetic's
        assert sum(start <= moment < start + 1 for moment in passed) <= 2 * rate + 1e-6
