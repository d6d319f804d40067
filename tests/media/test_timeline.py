"""RTP time on the server's clock: never backwards, never later than heard, and lips stay with voices."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.timeline import CATCH_UP, LONGEST_DELAY_S, RISE, SenderClock, Timeline

pytestmark = pytest.mark.unit

RATE = 1000  # a clock whose RTP time is read as milliseconds

Heard = tuple[str, float, float]


def check(events: list[Heard], expected: list[float], first_rtp_time: int = 0) -> None:
    """Frames ("frame", RTP seconds, heard_at) and reports ("report", sender's seconds + RTP seconds · i, heard_at)."""
    timeline = Timeline(RATE, SenderClock())
    placed: list[float] = []
    for what, seconds, heard_at in events:
        rtp_time = (first_rtp_time + round(seconds * RATE)) & 0xFFFF_FFFF
        if what == "frame":
            placed.append(timeline.at(rtp_time, heard_at))
        else:
            timeline.report(float(what.removeprefix("report ")), rtp_time, heard_at)
    assert placed == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("first_rtp_time", [0, 0xFFFF_FFFF - 500, 0x7FFF_FFFF - 500])
@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # Before a report the first arrival counts ...
        ([("frame", 0, 50.0)], [50.0]),
        # ... later ones keep the sender's spacing, however late they are,
        ([("frame", 0, 50.0), ("frame", 1, 51.3), ("frame", 2, 52.0)], [50.0, 51.0, 52.0]),
        # and an earlier one shows that all before it were late, which is not undone.
        (
            [("frame", 0, 50.5), ("frame", 0.1, 50.5), ("frame", 0.2, 50.5), ("frame", 0.5, 50.6)],
            [50.5, 50.5, 50.5, 50.6],
        ),
        # A report that agrees changes nothing.
        ([("frame", 0, 50.0), ("report 900", 1, 51.0), ("frame", 1, 51.0)], [50.0, 51.0]),
        # A first report before the first frame places it at once: heard 0.3 s after it happened.
        ([("report 900", 0, 50.0), ("frame", 1, 51.3), ("frame", 2, 52.4)], [51.0, 52.0]),
        # A later one is approached: half of what is left, a second.
        (
            [("frame", 0, 50.3), ("report 900", 0.5, 50.5), ("frame", 1, 51.3), ("frame", 3, 53.3)],
            [50.3, 51.15, 53.075],
        ),
        # The least delayed of the reports counts.
        ([("report 900", 0, 50.2), ("report 901", 1, 51.0), ("report 902", 2, 52.3), ("frame", 2, 52.4)], [52.0]),
        # The sender's own clock counts from anywhere, and may be set.
        ([("report 9", 0, 50.0), ("frame", 1, 51.0), ("report 5", 1, 51.0), ("frame", 2, 52.0)], [51.0, 52.0]),
        ([("report 9", 0, 50.0), ("frame", 1, 51.0), ("report 15", 1, 51.0), ("frame", 2, 52.1)], [51.0, 52.0]),
        # A report that another has overtaken says nothing new.
        ([("report 9", 1, 50.0), ("report 3", 0, 50.2), ("frame", 2, 51.1)], [51.0]),
        # A report that lies is not followed beyond what a delay can be,
        ([("report 900", -3600, 50.0), ("frame", 1, 51.3)], [51.3]),
        ([("report 900", 3600, 50.0), ("frame", 1, 51.3)], [51.3 - LONGEST_DELAY_S]),
        # and a stream that counts from somewhere else begins anew.
        ([("report 900", 0, 50.0), ("frame", 1, 51.0), ("frame", 500, 52.0), ("frame", 501, 53.0)], [51.0, 52.0, 53.0]),
        ([("report 900", 0, 50.0), ("frame", 500, 51.0), ("frame", 1, 52.0), ("frame", 2, 53.0)], [51.0, 52.0, 53.0]),
    ],
)
def test_a_frame_is_placed(events: list[Heard], expected: list[float], first_rtp_time: int) -> None:
    check(events, expected, first_rtp_time)


def test_an_old_minimum_is_forgotten_when_the_senders_clock_is_slow() -> None:
    timeline = Timeline(RATE, SenderClock())
    late = 0.0
    for second in range(600):  # 1000 ppm slow, and not one report
        heard_at = second * 1.001
        late = heard_at - timeline.at(second * RATE, heard_at)
    assert late == pytest.approx(0.03, abs=0.002)  # what it loses in one window


def test_voice_and_lips_meet_although_the_picture_takes_longer() -> None:
    # The same moments, heard 20 ms after they happened in sound and 140 ms in the picture; only reports can tell.
    clock = SenderClock()
    sound, picture = Timeline(48_000, clock), Timeline(90_000, clock)
    apart: list[float] = []
    for tenth in range(600):
        happened = 100 + tenth / 10
        if tenth % 10 == 5:
            sound.report(happened - 7, 1_000 + tenth * 4_800, happened + 0.01)
            picture.report(happened - 7, 2_000 + tenth * 9_000, happened + 0.01)
        heard = sound.at(1_000 + tenth * 4_800, happened + 0.02)
        seen = picture.at(2_000 + tenth * 9_000, happened + 0.14)
        apart.append(seen - heard)
    assert apart[0] == pytest.approx(0.12)
    assert apart[-1] == pytest.approx(0, abs=1e-6)
    assert all(abs(before - after) <= 0.12 * CATCH_UP * 0.1 for before, after in pairwise(apart))


def test_a_stream_that_leaves_something_out_is_put_right_by_its_third_report() -> None:
    timeline = Timeline(RATE, SenderClock())
    late: list[float] = []
    for second in range(60):
        left_out = 0.5 if second >= 30 else 0.0  # the sound card stopped, and its RTP time with it
        rtp_time = round((second - left_out) * RATE)
        timeline.report(900.0 + second, rtp_time, 50.0 + second)
        late.append(50.0 + second - timeline.at(rtp_time, 50.01 + second))
    assert late[:30] == pytest.approx([0.0] * 30)
    assert late[30:32] == pytest.approx([0.5] * 2)
    assert all(after < before for before, after in pairwise(late[31:35]))
    assert late[45:] == pytest.approx([0.0] * 15, abs=0.05)


def test_a_network_that_becomes_slower_moves_no_moment() -> None:
    timeline = Timeline(RATE, SenderClock())
    placed: list[float] = []
    for second in range(120):
        slower = 0.2 if second >= 30 else 0.01
        timeline.report(900.0 + second, second * RATE, 50.0 + second + slower)
        placed.append(timeline.at(second * RATE, 50.02 + second + slower) - 50.0 - second)
    assert max(placed) <= 0.01 + RISE * 61 + 1e-6  # as if the clock were slow, since the window forgot


steps = st.lists(st.tuples(st.integers(0, 200), st.floats(0, 0.2), st.floats(0, 0.5)), min_size=2, max_size=60)


@given(
    st.integers(0, 0xFFFF_FFFF),
    steps,
    st.lists(st.tuples(st.integers(0, 59), st.floats(-1e9, 1e9), st.integers(0, 0xFFFF_FFFF))),
)
def test_time_never_runs_backwards_nor_ahead_of_us(
    first: int, frames: list[tuple[int, float, float]], reports: list[tuple[int, float, int]]
) -> None:
    timeline = Timeline(90_000, SenderClock())
    said = {n: (ntp, rtp) for n, ntp, rtp in reports}
    rtp_time, now, before = first, 50.0, float("-inf")
    for n, (apart, pause, jitter) in enumerate(frames):
        rtp_time += apart * 90
        now += pause
        if n in said:
            timeline.report(said[n][0], said[n][1], now)
        at = timeline.at(rtp_time & 0xFFFF_FFFF, now + jitter)
        assert before <= at <= now + 0.5 + 1e-9  # what was already placed may have been heard 0.5 s later
        assert at >= now + jitter - LONGEST_DELAY_S - 1e-6
        before = at


@given(
    st.integers(0, 0xFFFF_FFFF),
    st.floats(-100e-6, 100e-6),
    st.lists(st.floats(0, 0.03), min_size=120, max_size=120),
)
def test_a_drifting_sender_with_jitter_stays_in_place(first: int, drift: float, jitters: list[float]) -> None:
    timeline = Timeline(90_000, SenderClock())
    for second, jitter in enumerate(jitters):
        sent = second * (1 + drift)  # on the sender's two clocks, which one crystal drives
        rtp_time = (first + round(sent * 90_000)) & 0xFFFF_FFFF
        timeline.report(sent + 3e9, rtp_time, 50 + second + jitter)
        at = timeline.at(rtp_time, 50 + second + 0.1 + jitter)
        # Within a report's jitter, and what the drift makes of it in a window.
        assert 50 + second - 0.005 <= at <= 50 + second + 0.03 + 0.005
