"""Who is waited for, who goes without the picture for a while, and that everybody comes back."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audience import BEHIND_FOR_S, FAR_BELOW, FIRST_REST_S, HELD_S, LONGEST_REST_S, ONE_IN, Audience

pytestmark = pytest.mark.unit

SENT = 1_000_000.0
A_WHILE = round(BEHIND_FOR_S) + 2  # seconds


def listening(takes: Sequence[int], at: float = 0.0) -> Audience:
    """Viewers who say what they can take, in thousands."""
    audience = Audience()
    for viewer in range(len(takes)):
        audience.joins(viewer)
    say(audience, takes, at)
    return audience


def say(audience: Audience, takes: Sequence[int], at: float) -> None:
    for viewer, bitrate in enumerate(takes):
        audience.takes(viewer, bitrate * 1000, at)


def resting(audience: Audience, viewers: int) -> list[int]:
    return [viewer for viewer in range(viewers) if audience.rests(viewer)]


def after(seconds: int, takes: Sequence[int], audience: Audience, sent: float = SENT, begin: int = 0) -> list[int]:
    """Who rests after so many seconds in which everybody says the same."""
    for at in range(begin, begin + seconds):
        say(audience, takes, float(at))
        audience.rested(float(at))
        audience.fallen_behind(sent, float(at))
    return resting(audience, len(takes))


@pytest.mark.parametrize(
    ("takes", "limits", "rest"),
    [
        ([200], [200], []),
        ([200, 1500], [200, 1500], []),
        ([200, 1500, 1500], [200, 1500, 1500], []),  # of three everybody is waited for
        ([200, 1500, 1500, 1500], [1500] * 3, [0]),
        ([800, 1500, 1500, 1500], [800, 1500, 1500, 1500], []),  # not far below
        ([200, 200, 1500, 1500], [200, 200, 1500, 1500], []),  # half of all are no exception
        ([200, 100, 600, 700, 1500, 1500, 1500, 1500], [600, 700] + [1500] * 4, [0, 1]),
        ([200] * 15 + [1500] * 45, [1500] * 45, list(range(15))),
        ([200] * 16 + [1500] * 44, [200] * 16 + [1500] * 44, []),  # so many lower it for all
    ],
)
def test_who_takes_far_less_than_three_in_four_is_not_waited_for(
    takes: list[int], limits: list[int], rest: list[int]
) -> None:
    audience = listening(takes)
    assert audience.limits(1.0) == [bitrate * 1000 for bitrate in limits]
    assert after(A_WHILE, takes, audience) == rest


def test_a_picture_that_takes_no_more_than_the_slowest_can_take_is_shown_to_all() -> None:
    assert after(A_WHILE, [200, 1500, 1500, 1500], listening([200] * 4), sent=150_000.0) == []


def test_a_moment_is_no_reason() -> None:
    audience = listening([200, 1500, 1500, 1500])
    assert after(round(BEHIND_FOR_S), [200, 1500, 1500, 1500], audience) == []
    assert after(1, [1500] * 4, audience, begin=4) == []
    assert after(round(BEHIND_FOR_S), [200, 1500, 1500, 1500], audience, begin=5) == []


def test_an_estimate_that_begins_low_and_rises_is_no_slow_network() -> None:
    audience = listening([300, 1500, 1500, 1500])
    for at in range(30):
        takes = int(300 * 1.08**at)
        assert after(1, [takes, 1500, 1500, 1500], audience, begin=at) == []


def test_what_was_said_long_ago_counts_no_more() -> None:
    audience = listening([200, 1500, 1500, 1500])
    assert audience.limits(30.0) == []
    assert audience.fallen_behind(SENT, 30.0) == []


@pytest.mark.parametrize(
    ("losses", "rest"),
    [
        ([0.3, 0.0, 0.0, 0.0], [0]),
        ([0.3, 0.0, 0.0], []),
        ([0.1, 0.0, 0.0, 0.0], []),
        ([0.3, 0.3, 0.3, 0.3], []),  # it is lost before it reaches us
        ([0.3, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0, 1]),
    ],
)
def test_who_alone_loses_much_goes_without_a_picture_too(losses: list[float], rest: list[int]) -> None:
    audience = listening([1500] * len(losses))
    for at in range(A_WHILE):
        for viewer, share in enumerate(losses):
            audience.loses(viewer, share, float(at))
        audience.fallen_behind(SENT, float(at))
    assert resting(audience, len(losses)) == rest


def rests_of(audience: Audience, takes: Sequence[int], seconds: int) -> list[int]:
    """How long the first viewer's rests were, each to the second."""
    lengths, since = [], None
    for at in range(seconds):
        rests = 0 in after(1, takes, audience, begin=at)
        if rests and since is None:
            since = at
        elif not rests and since is not None:
            lengths.append(at - since)
            since = None
    return lengths


def test_the_picture_is_tried_again_ever_later_as_long_as_it_fails() -> None:
    takes = [200, 1500, 1500, 1500]
    lengths = rests_of(listening(takes), takes, 400)
    assert lengths[:5] == [10, 20, 40, 80, 80]
    assert (lengths[0], lengths[-1]) == (FIRST_REST_S, LONGEST_REST_S)


def test_a_picture_that_held_for_a_while_begins_anew() -> None:
    slow, fast = [200, 1500, 1500, 1500], [1500] * 4
    audience = listening(slow)
    begin = 0
    for takes, seconds in ((slow, 60), (fast, round(HELD_S) + 80), (slow, A_WHILE)):
        after(seconds, takes, audience, begin=begin)
        begin += seconds
    assert resting(audience, 4) == [0]
    assert audience.rested(begin - 1 + FIRST_REST_S) == [0]


def test_who_leaves_is_forgotten() -> None:
    audience = listening([200, 1500])
    audience.leaves(0)
    assert audience.limits(1.0) == [1_500_000]
    audience.joins(0)
    assert audience.limits(1.0) == [1_500_000]


@given(st.lists(st.integers(50, 3000), min_size=1, max_size=60))
def test_nobody_is_slowed_to_less_than_half_of_what_three_in_four_take_and_no_more_than_a_fourth_rests(
    takes: list[int],
) -> None:
    audience = listening(takes)
    pace = sorted(takes)[len(takes) // ONE_IN] * 1000
    assert min(audience.limits(1.0)) >= FAR_BELOW * pace
    rest = after(120, takes, audience)
    assert len(rest) <= len(takes) // ONE_IN
    rested = audience.rested(120 + LONGEST_REST_S)
    assert rested == rest
    assert resting(audience, len(takes)) == []
