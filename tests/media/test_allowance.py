"""What a browser may cause, in rows and as a property."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.allowance import BURST_S, Allowance, Intake
from media.room import OFFERS_AT_ONCE, OFFERS_PER_S

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


def test_a_burst_may_be_larger_than_what_a_second_gives() -> None:
    allowance = Allowance(0.5, burst=3)
    times = [0.0, 0.0, 0.0, 0.0, 1.9, 2.0, 3.9, 4.0, 100.0, 100.0, 100.0, 100.0]
    assert "".join("t" if allowance.take(at) else "–" for at in times) == "ttt––t–tttt–"


@pytest.mark.parametrize(
    "waits",
    [
        [4.0] * 150,  # a page that is cut off tries every 4 s (ADR 0016)
        [0.0, 1.0, 2.0, 4.0] + [8.0] * 100,  # a page whose media breaks, or whose offer was refused (seat.js)
        [0.0, 1.0, 2.0, 4.0, 8.0, 4.0, 4.0] * 20,  # both by turns, connected between
    ],
)
def test_no_page_that_waits_as_ours_do_is_refused_its_offer(waits: list[float]) -> None:
    allowance = Allowance(OFFERS_PER_S, OFFERS_AT_ONCE)
    assert all(allowance.take(at) for at in accumulate(waits))


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


def passed(per_second: float, packets: list[tuple[float, int]]) -> str:
    """One letter a packet of so many bytes at a time: t for taken, – for too many."""
    intake, letters = Intake(per_second), ""
    for at, size in packets:
        if intake.takes(at):
            intake.took(size)
            letters += "t"
        else:
            letters += "–"
    return letters


@pytest.mark.parametrize(
    ("packets", "letters"),
    [
        ([(0.0, 100)] * 4, "ttt–"),  # the one that goes beyond is taken, and then it is shut
        ([(0.0, 250), (0.5, 1), (1.4, 1), (1.6, 1)], "t––t"),  # until half a burst may come again
        ([(0.0, 250), (0.5, 1), (0.6, 1), (1.6, 1)], "t––t"),  # to knock at it costs nothing
        ([(n / 10, 10) for n in range(30)], "t" * 30),
    ],
)
def test_what_comes_on_top_shuts_it_until_half_a_burst_may_come_again(
    packets: list[tuple[float, int]], letters: str
) -> None:
    assert passed(100, packets) == letters


def test_a_short_packet_counts_for_more_than_its_bytes() -> None:
    intake = Intake(100, least=60)
    for size in (1, 60, 61):
        assert intake.takes(0.0)
        intake.took(size)
    assert intake.takes(0.0)
    intake.took(1)
    assert not intake.takes(0.0)


def test_what_has_not_proved_to_be_the_browser_s_uses_nothing_up() -> None:
    intake = Intake(100)
    assert all(intake.takes(0.0) for _ in range(1000))


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 1500)), max_size=300))
def test_no_second_ever_takes_in_more_than_a_burst_a_second_s_worth_and_a_packet(
    steps: list[tuple[float, int]],
) -> None:
    rate, at, intake = 5000.0, 0.0, Intake(5000.0)
    took: list[tuple[float, int]] = []
    for wait, size in steps:
        at += wait
        if intake.takes(at):
            intake.took(size)
            took.append((at, size))
    for start, _ in took:
        assert sum(size for moment, size in took if start <= moment < start + 1) <= (BURST_S + 1) * rate + 1500 + 1e-6


def test_what_a_phone_has_saved_up_in_a_radio_hole_of_four_seconds_is_taken() -> None:
    ceiling = 1_500_000 / 8
    intake = Intake(2 * ceiling)
    for _ in range(int(4 * ceiling / 1200) - 1):
        assert intake.takes(4.0)
        intake.took(1200)


def test_under_a_lower_limit_what_was_saved_up_may_be_used_once() -> None:
    intake = Intake(1000)
    assert intake.takes(0.0)
    intake.limit(100)
    intake.took(1900)
    assert intake.takes(0.0)
    intake.took(101)
    assert not intake.takes(0.0)
    assert intake.takes(100.0)
    intake.took(201)  # of BURST_S at the new one
    assert not intake.takes(100.0)
