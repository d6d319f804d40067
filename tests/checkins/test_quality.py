"""Figures from two readings, the word for them, and when a connection counts as weak."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkins.quality import Course, Quality, Signal, quality_between
from media.contract import Traffic

pytestmark = pytest.mark.unit

SIGNALS = json.loads((Path(__file__).parents[1] / "js" / "signals.json").read_text("utf-8"))
GOOD, FAIR, WEAK, WORSE = (Quality(loss, 80, 600) for loss in (0.0, 0.05, 0.2, 0.4))

readings = st.builds(
    Traffic,
    packets=st.integers(0, 1 << 40),
    lost=st.integers(-1000, 1 << 40),
    jitter_ms=st.floats(0, 1e6),
    rtt_ms=st.none() | st.floats(0, 1e6),
    bytes=st.integers(0, 1 << 50),
)


@given(readings, readings, st.floats(-10, 0) | st.floats(0.001, 1e6))
def test_no_figure_is_ever_negative_or_more_than_all(before: Traffic, after: Traffic, seconds: float) -> None:
    quality = quality_between(before, after, seconds)
    if quality is not None:
        assert 0 <= quality.loss <= 1
        assert quality.rtt_ms is None or quality.rtt_ms >= 0
        assert quality.kbit_s >= 0


@given(st.integers(1, 10_000), st.integers(0, 10_000), readings)
def test_what_was_lost_in_between_is_the_loss(came: int, lost: int, before: Traffic) -> None:
    after = Traffic(before.packets + came, before.lost + lost, 0.0, None, before.bytes + came * 1000)
    quality = quality_between(before, after, 2.0)
    assert quality is not None
    assert quality.loss == pytest.approx(lost / (came + lost), abs=0.001)
    assert quality.kbit_s == came * 4


@given(readings, st.integers(1, 500))
def test_a_browser_that_is_back_counts_from_zero(before: Traffic, came: int) -> None:
    before = Traffic(came + 1 + before.packets, before.lost, 0.0, None, before.bytes)
    quality = quality_between(before, Traffic(came, came, 0.0, 31.6, came * 125), 1.0)
    assert quality == Quality(0.5, 32, came)


def test_where_nothing_comes_there_is_no_figure() -> None:
    reading = Traffic(100, 5, 3.0, 40.0, 90_000)
    assert quality_between(reading, reading, 3.0) is None
    assert quality_between(Traffic(), Traffic(), 3.0) is None


def test_copies_that_come_late_are_no_loss() -> None:
    quality = quality_between(Traffic(100, 20, bytes=100), Traffic(150, 3, bytes=200), 1.0)
    assert quality is not None
    assert quality.loss == 0


@pytest.mark.parametrize("row", SIGNALS, ids=str)
def test_the_word_is_that_of_the_rows_which_the_pages_are_held_to_as_well(row: dict[str, Any]) -> None:
    assert Quality(row["loss"], row["rtt_ms"], 500).signal == Signal(row["signal"])


@pytest.mark.parametrize(
    ("heard", "turns"),
    [
        ([GOOD, FAIR, GOOD], []),
        ([GOOD, WEAK, GOOD, WEAK, GOOD], []),  # moments
        ([GOOD, WEAK, WEAK], [(True, 3.0, WEAK)]),  # from where the first of them began
        ([GOOD, WEAK, WORSE, WEAK], [(True, 3.0, WORSE)]),
        ([WEAK, WEAK, GOOD, WORSE, FAIR, GOOD], [(True, 0.0, WEAK), (False, 12.0, WORSE)]),
        ([WEAK, WEAK, None, GOOD], [(True, 0.0, WEAK), (False, 6.0, WEAK)]),  # the connection is gone
        ([WEAK, None, WEAK, GOOD], []),
        ([WEAK, WORSE, GOOD, GOOD, WEAK, WEAK], [(True, 0.0, WORSE), (False, 6.0, WORSE), (True, 12.0, WEAK)]),
    ],
)
def test_two_readings_that_say_the_same_begin_and_end_a_weak_stretch(
    heard: list[Quality | None], turns: list[tuple[bool, float, Quality]]
) -> None:
    course, said = Course(), []
    for n, quality in enumerate(heard):
        former, course = course, course.on(quality, 3.0 * n)
        if course.weak is not former.weak:
            said.append((course.weak, course.since_s, course.worst))
    assert said == turns


@given(st.lists(st.none() | st.sampled_from([GOOD, FAIR, WEAK, WORSE])))
def test_a_stretch_always_has_figures_and_never_ends_before_it_began(heard: list[Quality | None]) -> None:
    course = Course()
    for n, quality in enumerate(heard):
        former, course = course, course.on(quality, 3.0 * n)
        assert course.since_s >= former.since_s
        if course.weak or former.weak:
            assert course.worst is not None
            assert course.worst.signal is Signal.WEAK
