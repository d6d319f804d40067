import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feedback import (
    ASK_AGAIN_S,
    KEYFRAME_PAUSE_S,
    LATE_S,
    LONGEST_GAP,
    LOWEST_BITRATE,
    MOST_ASKS,
    REPAIR_SIZE,
    BitrateAdvice,
    KeyframeRequests,
    Missing,
    RepairRing,
)

pytestmark = pytest.mark.unit


def test_a_keyframe_is_asked_for_once_and_again_after_a_pause_until_it_arrives() -> None:
    keyframes = KeyframeRequests()
    assert not keyframes.due(0.0)
    keyframes.want()
    assert keyframes.due(0.0)
    keyframes.asked(0.0)
    keyframes.want()
    assert not keyframes.due(KEYFRAME_PAUSE_S - 0.01)
    assert keyframes.due(KEYFRAME_PAUSE_S)
    keyframes.arrived()
    assert not keyframes.due(100.0)


def test_a_request_within_the_pause_is_not_forgotten() -> None:
    keyframes = KeyframeRequests()
    keyframes.want()
    keyframes.asked(0.0)
    keyframes.arrived()
    keyframes.want()
    assert not keyframes.due(0.1)
    assert keyframes.due(KEYFRAME_PAUSE_S)


def test_what_was_only_overtaken_is_not_asked_for() -> None:
    missing = Missing()
    missing.gap(5, 7, at=0.0)
    assert missing.due(LATE_S / 2) == []
    assert missing.found(5)
    assert not missing.found(5)
    assert missing.due(LATE_S) == [6]


def test_what_does_not_come_is_asked_for_again_and_at_last_given_up() -> None:
    missing = Missing()
    missing.gap(5, 6, at=0.0)
    asked = [missing.due(LATE_S + index * 2 * ASK_AGAIN_S) for index in range(MOST_ASKS + 2)]
    assert asked == [[5]] * MOST_ASKS + [[], []]
    assert not missing.found(5)


def test_asking_again_waits_for_a_round_trip() -> None:
    missing = Missing()
    missing.gap(5, 6, at=0.0)
    assert missing.due(LATE_S) == [5]
    assert missing.due(LATE_S + ASK_AGAIN_S / 2) == []


def test_a_gap_too_long_to_repair_is_left_to_a_keyframe() -> None:
    missing = Missing()
    missing.gap(0, LONGEST_GAP + 1, at=0.0)
    assert missing.due(1.0) == []


def test_what_is_given_up_is_not_asked_for_and_what_is_missing_after_it_is() -> None:
    missing = Missing()
    missing.gap(5, 7, at=0.0)
    missing.give_up()
    assert missing.due(1.0) == []
    missing.gap(8, 9, at=2.0)
    assert missing.due(2.0 + LATE_S) == [8]


def test_many_gaps_are_remembered_only_as_far_as_they_can_be_repaired() -> None:
    missing = Missing()
    for first in range(0, 4 * LONGEST_GAP, 2):
        missing.gap(first, first + 1, at=0.0)
    due = missing.due(1.0)
    assert (len(due), due[-1]) == (LONGEST_GAP, 4 * LONGEST_GAP - 2)


@given(st.integers(0, 200_000), st.integers(1, 2 * REPAIR_SIZE))
def test_the_ring_finds_the_newest_packets_and_no_others(first: int, count: int) -> None:
    ring = RepairRing()
    for number in range(first, first + count):
        ring.keep(number, number * 3000, number % 2 == 0, str(number).encode())
    for number in range(first, first + count):
        found = ring.find(number & 0xFFFF)
        if number < first + count - REPAIR_SIZE:
            assert found is None or found[0] != number
        else:
            assert found == (number, number * 3000, number % 2 == 0, str(number).encode())


def test_the_ring_has_nothing_before_anything_came() -> None:
    assert RepairRing().find(0xFFFF) is None


def advised(losses: list[float], viewers: tuple[int, ...] = (), ceiling: int = 1_500_000) -> list[int]:
    advice = BitrateAdvice(ceiling)
    return [advice.advise(loss, viewers) for loss in losses]


def test_a_publisher_without_loss_may_send_the_ceiling_at_once() -> None:
    assert advised([0.0, 0.0]) == [1_500_000, 1_500_000]


def test_loss_lowers_the_advice_and_its_end_raises_it_slowly() -> None:
    assert advised([0.2, 0.05, 0.0]) == [1_350_000, 1_350_000, 1_417_500]


def test_the_slowest_viewer_counts() -> None:
    assert advised([0.0], viewers=(700_000, 400_000)) == [400_000]


@given(st.lists(st.floats(0, 1)), st.lists(st.integers(0, 1 << 40)).map(tuple))
def test_the_advice_stays_between_floor_and_ceiling(losses: list[float], viewers: tuple[int, ...]) -> None:
    assert all(LOWEST_BITRATE <= bitrate <= 1_500_000 for bitrate in advised(losses, viewers))
