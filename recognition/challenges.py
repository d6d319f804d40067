"""Challenges: something that only a living person before this camera can do now. What is asked, and how it went.

Nothing here is guilt: a challenge that was not met in time, or not seen clearly, is inconclusive, and a person decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from recognition.colours import COLOURS, LONGEST_LAG_S, Flash, reflection
from recognition.gestures import Gesture, began_at
from recognition.moments import Moment
from statetable import Table, step

NONCE_BYTES = 16
FEWEST_FLASHES, MOST_FLASHES = 5, 6
SHORTEST_FLASH_S, LONGEST_FLASH_S = 0.4, 0.7  # so that all of them and their lag fit into five seconds
BEFORE_FLASHES_S = 0.5
LONGEST_SUSPENSE_S = 1.5  # from the one to the next: nobody can be ahead of what is shown
# Nobody reacts faster to what they see; what began earlier was under way already.
FASTEST_S = 0.15
LONGEST_BLIND = 0.3  # of the moments: with fewer of them clear nothing can be said
FEWEST_MOMENTS_A_SECOND = 6  # a slower stream can hide a blink


class Kind(StrEnum):
    """What a person may be asked to do."""

    TURN_LEFT = "turn_left"  # to their own left, which is the picture's right
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    OPEN_MOUTH = "open_mouth"
    NOD = "nod"
    COME_CLOSER = "come_closer"
    HAND = "hand"  # past the face, once
    COLOURS = "colours"  # their screen flashes; nothing to do but look at it


GESTURES = {
    Kind.TURN_LEFT: Gesture.TURN_LEFT,
    Kind.TURN_RIGHT: Gesture.TURN_RIGHT,
    Kind.BLINK: Gesture.BLINK,
    Kind.OPEN_MOUTH: Gesture.OPEN_MOUTH,
    Kind.NOD: Gesture.NOD,
    Kind.COME_CLOSER: Gesture.COME_CLOSER,
    Kind.HAND: Gesture.HAND,
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """One of them, for once: the nonce tells it from every other."""

    nonce: str
    kind: Kind
    suspense_s: float  # it is shown so long after the one before
    limit_s: float  # of the server's clock, from when it was shown
    flashes: tuple[Flash, ...] = ()  # of COLOURS


def draw(kinds: Sequence[Kind], how_many: int, limit_s: float, chance: Random) -> tuple[Challenge, ...]:
    """So many challenges of these kinds in an order nobody can foresee; never one kind twice in a row.

    `chance` is random.SystemRandom() wherever somebody's identity depends on it. ValueError when there is no choice.
    """
    choices = sorted(set(kinds))
    if len(choices) < min(2, how_many):
        raise ValueError("without two kinds to choose from a second challenge is known beforehand")
    drawn: list[Challenge] = []
    for _ in range(how_many):
        kind = chance.choice([one for one in choices if not drawn or one is not drawn[-1].kind])
        drawn.append(
            Challenge(
                f"{chance.getrandbits(8 * NONCE_BYTES):0{2 * NONCE_BYTES}x}",
                kind,
                chance.uniform(0, LONGEST_SUSPENSE_S),
                limit_s,
                _flashes(chance) if kind is Kind.COLOURS else (),
            )
        )
    return tuple(drawn)


def _flashes(chance: Random) -> tuple[Flash, ...]:
    colours: list[str] = []
    for _ in range(chance.randint(FEWEST_FLASHES, MOST_FLASHES)):
        colours.append(chance.choice([one for one in COLOURS if one not in colours[-1:]]))
    return tuple(Flash(colour, chance.uniform(SHORTEST_FLASH_S, LONGEST_FLASH_S)) for colour in colours)


class Asked(StrEnum):
    """How one challenge stands."""

    ISSUED = "issued"
    SHOWN = "shown"
    MET = "met"
    NOT_IN_TIME = "not_in_time"
    UNCLEAR = "unclear"


class AskedCue(StrEnum):
    """What moves it."""

    APPEAR = "appear"  # the page shows it
    ANSWER = "answer"
    RUN_OUT = "run_out"
    LOSE_SIGHT = "lose_sight"  # no face, no picture, no connection, no engine


ASKED: Table[Asked, AskedCue] = {
    (Asked.ISSUED, AskedCue.APPEAR): Asked.SHOWN,
    (Asked.ISSUED, AskedCue.LOSE_SIGHT): Asked.UNCLEAR,
    (Asked.SHOWN, AskedCue.ANSWER): Asked.MET,
    (Asked.SHOWN, AskedCue.RUN_OUT): Asked.NOT_IN_TIME,
    (Asked.SHOWN, AskedCue.LOSE_SIGHT): Asked.UNCLEAR,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One challenge and how it went; times are the server's clock."""

    challenge: Challenge
    state: Asked = Asked.ISSUED
    shown_at_s: float = 0.0
    reaction_s: float | None = None  # from shown to the answer's beginning: evidence, whatever comes of it

    @property
    def inconclusive(self) -> bool:
        """Over, and nothing proved. It says nothing against anybody."""
        return self.state in (Asked.NOT_IN_TIME, Asked.UNCLEAR)

    def shown(self, at_s: float) -> "Trial":
        """Its time begins; raises IllegalCue when it was shown before, for it serves once."""
        return replace(self, state=step(ASKED, self.state, AskedCue.APPEAR), shown_at_s=at_s)

    def lost(self) -> "Trial":
        """Sight of the person was lost in the middle of it."""
        return replace(self, state=step(ASKED, self.state, AskedCue.LOSE_SIGHT))

    def looked_at(self, moments: Sequence[Moment], now_s: float) -> "Trial":
        """How it stands after these moments, the first of which come before it was shown; of SHOWN only."""
        due_s = self.shown_at_s + self.challenge.limit_s
        seen = [one for one in moments if one.at_s <= due_s]
        reaction_s = self._reflected(seen) if self.challenge.kind is Kind.COLOURS else self._reacted(seen)
        if reaction_s is not None:
            return replace(self, state=step(ASKED, self.state, AskedCue.ANSWER), reaction_s=reaction_s)
        if now_s <= due_s:
            return self
        during = [one for one in seen if one.at_s >= self.shown_at_s]
        cue = AskedCue.RUN_OUT if clear_enough(during, self.challenge.limit_s) else AskedCue.LOSE_SIGHT
        return replace(self, state=step(ASKED, self.state, cue))

    def _reacted(self, seen: Sequence[Moment]) -> float | None:
        earliest_s = self.shown_at_s + FASTEST_S
        before = [one for one in seen if one.at_s < earliest_s]
        during = [one for one in seen if one.at_s >= earliest_s]
        began = began_at(GESTURES[self.challenge.kind], before, during)
        return None if began is None else began - self.shown_at_s

    def _reflected(self, seen: Sequence[Moment]) -> float | None:
        """The lag, once all flashes have come back."""
        over_s = self.shown_at_s + LONGEST_LAG_S + sum(one.lasts_s for one in self.challenge.flashes)
        if not seen or seen[-1].at_s < over_s:
            return None
        during = [one for one in seen if self.shown_at_s - BEFORE_FLASHES_S <= one.at_s <= over_s]
        found = reflection(during, self.challenge.flashes, self.shown_at_s)
        return found.lag_s if found is not None and found.seen else None


def clear_enough(moments: Sequence[Moment], lasted_s: float) -> bool:
    """Whether these moments would have shown an answer: enough of them, and a face in most."""
    blind = sum(one.mesh is None for one in moments)
    return len(moments) >= FEWEST_MOMENTS_A_SECOND * lasted_s and blind <= LONGEST_BLIND * len(moments)
