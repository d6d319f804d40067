from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.tries import Lately, Tries

pytestmark = pytest.mark.unit

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def check(most: int, tries: list[tuple[float, str, int]]) -> None:
    """`tries` are (seconds after START, key, seconds to wait) against `most` in 60 s."""
    counted = Tries(most, timedelta(seconds=60))
    found = [(at_s, key, counted.take(key, START + timedelta(seconds=at_s))) for at_s, key, _ in tries]
    assert found == tries


@pytest.mark.parametrize(
    "tries",
    [
        [(0, "a", 0), (1, "a", 0), (2, "a", 58)],
        [(0, "a", 0), (0, "a", 0), (0, "b", 0), (0, "a", 60), (0, "b", 0)],  # each key for itself
        [(0, "a", 0), (30, "a", 0), (59.5, "a", 1), (60, "a", 0), (61, "a", 29)],  # the window moves
        [(0, "a", 0), (0, "a", 0), (10, "a", 50), (50, "a", 10), (60, "a", 0)],  # what is refused does not count
        [(3600, "a", 0), (3600, "a", 0), (0, "a", 0), (1, "a", 0), (2, "a", 58)],  # the clock was set back an hour
    ],
)
def test_tries_within_a_moving_window(tries: list[tuple[float, str, int]]) -> None:
    check(2, tries)


@given(st.lists(st.floats(0, 300), max_size=60).map(sorted))
def test_no_window_ever_holds_more_than_it_may(seconds: list[float]) -> None:
    counted = Tries(5, timedelta(seconds=60))
    taken = [at_s for at_s in seconds if counted.take("a", START + timedelta(seconds=at_s)) == 0]
    assert all(sum(1 for other in taken if at_s - 59.9 <= other <= at_s) <= 5 for at_s in taken)


def test_waiting_as_long_as_told_is_enough() -> None:
    counted = Tries(1, timedelta(seconds=60))
    assert counted.take("a", START) == 0
    wait_s = counted.take("a", START + timedelta(seconds=12.3))
    assert counted.take("a", START + timedelta(seconds=12.3 + wait_s)) == 0


def test_a_flood_of_made_up_keys_is_forgotten_oldest_first() -> None:
    counted = Tries(1, timedelta(seconds=60), most_keys=2)
    assert [counted.take(key, START) for key in "abc"] == [0, 0, 0]
    assert [counted.take(key, START) for key in "ca"] == [60, 0]


def test_a_try_that_is_given_back_does_not_count() -> None:
    counted = Tries(1, timedelta(seconds=60))
    counted.give_back("a", START)  # there is none
    assert counted.take("a", START) == 0
    counted.give_back("a", START)
    assert [counted.take("a", START) for _ in range(2)] == [0, 60]


def test_what_was_noted_is_known_for_a_while_and_the_oldest_gives_way() -> None:
    lately = Lately(timedelta(days=1), most_keys=2)
    for hours, key in enumerate("aba"):
        lately.note(key, START + timedelta(hours=hours))
    assert lately.has("a", START + timedelta(hours=25))
    assert not lately.has("a", START + timedelta(hours=26))
    lately.note("c", START)
    assert [lately.has(key, START) for key in "abc"] == [True, False, True]
