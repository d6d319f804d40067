"""The tests' own clock."""

import pytest

from tests.support.clocks import ManualClock

pytestmark = pytest.mark.unit


def test_both_clocks_move_together_and_only_when_told() -> None:
    clock = ManualClock()
    now, seconds = clock.now(), clock.clock()
    clock.advance(5, minutes=1)
    assert ((clock.now() - now).total_seconds(), clock.clock() - seconds) == (65, 65)
    assert (clock.now(), clock.clock()) == (clock.now(), clock.clock())


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        ManualClock().advance(-1)
