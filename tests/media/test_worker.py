"""Of the stills that a worker sends: one at a time, and the newest of those that wait."""

import numpy as np
import pytest

from media.sampler import Still
from media.worker import StillsUnderWay

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("happens", "sent"),
    [
        ("1", "1"),
        ("12", "1"),
        ("12.", "12"),
        ("123.", "13"),  # 2 was the oldest of those that waited
        ("1.2.3.", "123"),
        ("12.34.", "124"),
        ("1..2", "12"),
    ],
)
def test_the_oldest_that_waits_is_dropped(happens: str, sent: str) -> None:
    """A figure is a still that is made, a dot the word that one has arrived."""
    out: list[str] = []
    stills = StillsUnderWay(lambda still: out.append(str(round(still.at))))
    for token in happens:
        if token == ".":
            stills.taken()
        else:
            stills.offer(Still(np.zeros((1, 1, 3), np.uint8), b"", float(token)))
    assert "".join(out) == sent
