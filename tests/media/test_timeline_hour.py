"""A simulated hour of two participants on bad networks with bad clocks: lips stay with voices, and both with us."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.frames import CLOCK_RATE, Kind
from media.timeline import SenderClock, Timeline

pytestmark = pytest.mark.unit

HOUR_S = 3600.0
EVERY_S = 0.5  # thinned out: the same moments in both kinds
REPORT_EVERY_S = {Kind.AUDIO: 5.0, Kind.VIDEO: 1.0}  # as Chromium sends them
ENCODING_S = {Kind.AUDIO: 0.02, Kind.VIDEO: 0.12}  # from the moment to the network
REPORT_NOISE_S = 0.005  # by which a browser's report is wrong about its own two clocks
SETTLING_S = 10.0


@dataclass(frozen=True, slots=True)
class World:
    """One participant's clocks and network."""

    seed: int
    ntp_ppm: float  # of the sender's clock against ours
    rtp_ppm: float  # of its sound card against its clock
    least_delay_s: float
    jitter_s: float  # mean of what comes on top
    report_loss: float
    steps: tuple[tuple[float, float], ...] = ()  # (when, by how much) the sender's clock is set
    bursts: tuple[float, ...] = ()  # when the network holds everything back for 1.5 s
    new_ssrc_at: float = HOUR_S  # of the video
    first_rtp_time: int = 0


class Event(NamedTuple):
    heard_at: float
    happened: float
    kind: Kind
    is_report: bool


def events(world: World, random: Random) -> Iterator[Event]:
    """What reaches us, in its order: media within a stream in order, reports past each other."""
    return merge(*(_stream(world, random, kind, reports) for kind in Kind for reports in (False, True)))


def _stream(world: World, random: Random, kind: Kind, is_report: bool) -> list[Event]:  # noqa: FBT001 (a row)
    every = REPORT_EVERY_S[kind] if is_report else EVERY_S
    found: list[Event] = []
    for n in range(1 if is_report else 0, int(HOUR_S / every)):
        happened = n * every
        if is_report and random.random() < world.report_loss:
            continue
        sent = happened + (0.0 if is_report else ENCODING_S[kind])
        delay = world.least_delay_s + min(random.expovariate(1 / world.jitter_s), 1.0)
        held = max((start + 1.5 - sent for start in world.bursts if 0 <= sent - start < 1.5), default=0.0)
        heard_at = sent + max(delay, held)
        if not is_report and found:
            heard_at = max(heard_at, found[-1].heard_at)  # the re-order buffer is before us
        found.append(Event(heard_at, happened, kind, is_report))
    return sorted(found)


def placed(world: World) -> dict[Kind, dict[int, float]]:
    """Where we put each frame of a stream that has settled, by the half second in which it happened."""
    random = Random(world.seed)
    clock = SenderClock()
    lines = {kind: Timeline(CLOCK_RATE[kind], clock) for kind in Kind}
    origin = {kind: world.first_rtp_time + random.randrange(1 << 32) for kind in Kind}
    renewed = False
    settled_at = dict.fromkeys(Kind, float("inf"))
    found: dict[Kind, dict[int, float]] = {kind: {} for kind in Kind}
    for heard_at, happened, kind, is_report in events(world, random):
        if happened >= world.new_ssrc_at and not renewed and kind is Kind.VIDEO:
            renewed = True
            lines[kind] = Timeline(CLOCK_RATE[kind], clock)
            origin[kind] = random.randrange(1 << 32)
            settled_at[kind] = float("inf")
        if renewed and happened < world.new_ssrc_at and kind is Kind.VIDEO:
            continue  # the old stream's last packets are another timeline's
        true_ntp = happened * (1 + world.ntp_ppm * 1e-6)
        skew = world.rtp_ppm * 1e-6 if kind is Kind.AUDIO else 0.0  # the camera is timed by the clock itself
        rtp_time = (origin[kind] + round(true_ntp * (1 + skew) * CLOCK_RATE[kind])) & 0xFFFF_FFFF
        if is_report:
            set_by = sum(by for when, by in world.steps if when <= happened)
            noise = random.uniform(-REPORT_NOISE_S, REPORT_NOISE_S)
            lines[kind].report(3.9e9 + true_ntp + set_by + noise, rtp_time, heard_at)
            settled_at[kind] = min(settled_at[kind], heard_at + SETTLING_S)
        else:
            at = lines[kind].at(rtp_time, heard_at)
            assert at <= heard_at
            if heard_at > settled_at[kind]:
                found[kind][round(happened / EVERY_S)] = at
    return found


def apart(a: dict[int, float], b: dict[int, float]) -> float:
    """The farthest that the same moment lies in two streams."""
    return max(abs(a[n] - b[n]) for n in a.keys() & b.keys())


moments = st.floats(60.0, HOUR_S - 60.0)
worlds = st.builds(
    World,
    seed=st.integers(0, 1 << 32),
    ntp_ppm=st.floats(-200, 200),
    rtp_ppm=st.floats(-200, 200),
    least_delay_s=st.floats(0.005, 0.04),
    jitter_s=st.floats(0.001, 0.06),
    report_loss=st.floats(0, 0.4),
    steps=st.lists(st.tuples(moments, st.floats(-5000, 5000) | st.floats(-0.5, 0.5)), max_size=4).map(tuple),
    bursts=st.lists(moments, max_size=8).map(tuple),
    new_ssrc_at=moments | st.just(HOUR_S),
    first_rtp_time=st.sampled_from([0, 0xFFFF_FFFF - 90_000 * 60, 0x7FFF_FFFF]),
)


@settings(max_examples=12)
@given(worlds, worlds)
def test_for_an_hour_lips_stay_with_voices_and_participants_with_each_other(one: World, other: World) -> None:
    there, here = placed(one), placed(other)
    assert apart(there[Kind.AUDIO], there[Kind.VIDEO]) <= 0.04
    assert apart(here[Kind.AUDIO], here[Kind.VIDEO]) <= 0.04
    assert apart(there[Kind.AUDIO], here[Kind.AUDIO]) <= 0.08
