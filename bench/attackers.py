"""Who sits before the camera of a check-in: honest people and attackers, as functions from time to pixels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.puppet import GAMMA, HEIGHT, WIDTH, Life, Pose, Puppet, lit, on_paper, on_screen, warped
from recognition.challenges import Challenge, Kind, draw
from recognition.engines import Pixels

FIRST_AT_S, LIMIT_S = 1.5, 5.0
CHALLENGES = 2
SCREEN_LIGHT = 0.12  # of the room's, as we reckon a phone's screen at arm's length in an office; none was measured
ON_GLASS = 0.01  # what a lit screen gives back of it
RAMP_S, HOLD_S = 0.35, 0.7


@dataclass(frozen=True, slots=True)
class Asking:
    """A challenge, when it is shown, and when a living person begins to answer."""

    challenge: Challenge
    at_s: float
    reacts_s: float

    def colour(self, at_s: float) -> str | None:
        """What the screen shows then."""
        left = at_s - self.at_s
        for flash in self.challenge.flashes:
            if 0 <= left < flash.lasts_s:
                return flash.colour
            left -= flash.lasts_s
        return None


Show: TypeAlias = Callable[[float], Pixels]  # what the camera is before at that second


@dataclass(frozen=True, slots=True)
class Run:
    """One try: what was asked, who is enrolled, who attacks, and what an attacker has from before."""

    askings: tuple[Asking, ...]
    person: Puppet
    other: Puppet
    chance: Random

    @property
    def lasts_s(self) -> float:
        return self.askings[-1].at_s + LIMIT_S + 0.5


def posed(life: Life, askings: Sequence[Asking], at_s: float, delay_s: float = 0.0) -> Pose:
    """Somebody who lives and does as asked."""
    rest = life.at(at_s)
    for asking in askings:
        since = at_s - asking.at_s - asking.reacts_s - delay_s
        if 0 <= since < 2 * RAMP_S + HOLD_S:
            return _doing(asking.challenge.kind, rest, since)
    return rest


def _doing(kind: Kind, rest: Pose, since: float) -> Pose:
    share = min(1.0, since / RAMP_S, (2 * RAMP_S + HOLD_S - since) / RAMP_S)
    match kind:
        case Kind.TURN_LEFT:
            return Pose(rest.yaw + 36 * share, rest.pitch)
        case Kind.TURN_RIGHT:
            return Pose(rest.yaw - 36 * share, rest.pitch)
        case Kind.BLINK:
            return Pose(rest.yaw, rest.pitch, lids=float(0.3 < since < 0.6))
        case Kind.OPEN_MOUTH:
            return Pose(rest.yaw, rest.pitch, mouth=1.3 * share)
        case Kind.NOD:
            return Pose(rest.yaw, rest.pitch - 18 * share)
        case Kind.COME_CLOSER:
            return Pose(rest.yaw, rest.pitch, zoom=1 + 0.4 * share)
        case Kind.HAND:
            return Pose(rest.yaw, rest.pitch, hand=since / (2 * RAMP_S + HOLD_S))
        case Kind.COLOURS:
            return rest


def _colour(askings: Sequence[Asking], at_s: float, delay_s: float = 0.2) -> str | None:
    return next((colour for asking in askings if (colour := asking.colour(at_s - delay_s)) is not None), None)


def alive(run: Run, who: Puppet, light: float, delay_s: float = 0.0) -> Show:
    """A living person; `light`: what of the check-in's screen falls on the face."""
    life = Life(Random(run.chance.random()))

    def show(at_s: float) -> Pixels:
        drawn, _ = who.posed(posed(life, run.askings, at_s, delay_s))
        return _shone_on(run, drawn, who, at_s, light)

    return show


def _shone_on(run: Run, drawn: Pixels, who: Puppet, at_s: float, light: float) -> Pixels:
    return _grey(lit(drawn, who.face, _colour(run.askings, at_s), light))


def _grey(light: NDArray[np.float64]) -> Pixels:
    return np.asarray(255 * np.clip(light, 0, 1) ** (1 / GAMMA), np.uint8)


def honest(run: Run) -> Show:
    return alive(run, run.person, SCREEN_LIGHT)


def printed(run: Run) -> Show:
    """Paper gives back a screen's light as a face does."""
    phase = run.chance.uniform(0, 6)
    return lambda at_s: on_paper(_shone_on(run, run.person.pixels, run.person, at_s, SCREEN_LIGHT), at_s, phase)


def photo_on_screen(run: Run) -> Show:
    phase = run.chance.uniform(0, 6)
    return lambda at_s: _shone_on(run, on_screen(run.person.pixels, at_s, phase), run.person, at_s, ON_GLASS)


def earlier(run: Run) -> Run:
    """A check-in of the same person, honest, with challenges of its own."""
    return Run(asked(run.chance, colours=False), run.person, run.other, Random(run.chance.random()))


def video_on_screen(run: Run, before: Show) -> Show:
    phase = run.chance.uniform(0, 6)
    return lambda at_s: _shone_on(run, on_screen(before(at_s), at_s, phase), run.person, at_s, ON_GLASS)


def frozen(run: Run) -> Show:
    """A virtual camera that stops when something is asked."""
    living = honest(run)
    still = living(FIRST_AT_S)
    return lambda at_s: living(at_s) if at_s < FIRST_AT_S else still


def relayed(run: Run) -> Show:
    """The right person far away, living, on a screen that somebody holds up: nothing of our light reaches them."""
    phase, far = run.chance.uniform(0, 6), alive(run, run.person, 0, delay_s=run.chance.uniform(0.5, 1.2))
    return lambda at_s: _shone_on(run, on_screen(far(at_s), at_s, phase), run.person, at_s, ON_GLASS)


def swapped(run: Run) -> Show:
    """The attacker lives and answers; the right person's face is warped over theirs in a virtual camera."""
    life = Life(Random(run.chance.random()))
    triangles = run.person.face_triangles

    def show(at_s: float) -> Pixels:
        pose = posed(life, run.askings, at_s)
        drawn, bent = run.other.posed(Pose(pose.yaw, pose.pitch, pose.lids, pose.mouth, hand=pose.hand))
        drawn = _shone_on(run, drawn, run.other, at_s, SCREEN_LIGHT)
        face = warped(run.person.pixels, run.person.points[:, :2], bent[:, :2], triangles, bent[:, 2])
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.fillConvexPoly(mask, cv2.convexHull(bent[:, :2].astype(np.float32))[:, 0].astype(np.int32), 255)
        soft = cv2.GaussianBlur(mask, (0, 0), 3)[..., None] / 255.0
        return np.asarray(face * soft + drawn * (1 - soft), np.uint8)

    return show


def another_after(run: Run) -> Show:
    """The right person answers, and another sits down."""
    first, then = honest(run), alive(run, run.other, SCREEN_LIGHT)
    leaves_s = run.askings[-1].at_s + run.askings[-1].reacts_s + 2 * RAMP_S + HOLD_S + 0.6
    return lambda at_s: first(at_s) if at_s < leaves_s else then(at_s)


def taking_turns(run: Run) -> Show:
    first, then = honest(run), alive(run, run.other, SCREEN_LIGHT)
    return lambda at_s: first(at_s) if at_s < run.askings[1].at_s - 0.5 else then(at_s)


SPECIES: dict[str, Callable[[Run], Show]] = {
    "honest": honest,
    "printed photo, waved": printed,
    "photo on a screen": photo_on_screen,
    "recorded video on a screen": lambda run: video_on_screen(run, honest(earlier(run))),
    "same clip in a virtual camera": lambda run: honest(earlier(run)),
    "frozen picture": frozen,
    "relay of the living person": relayed,
    "face warped over another": swapped,
    "another person after the check": another_after,
    "two persons taking turns": taking_turns,
}


def asked(chance: Random, *, colours: bool) -> tuple[Asking, ...]:
    """What a server would ask, of every kind that there is."""
    drawn = draw(list(Kind), CHALLENGES, LIMIT_S, chance)
    while colours and all(one.kind is not Kind.COLOURS for one in drawn):
        drawn = draw(list(Kind), CHALLENGES, LIMIT_S, chance)
    askings: list[Asking] = []
    at_s = FIRST_AT_S
    for challenge in drawn:
        at_s += challenge.suspense_s
        askings.append(Asking(challenge, at_s, chance.uniform(0.5, 1.3)))
        at_s += LIMIT_S
    return tuple(askings)
