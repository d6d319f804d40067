"""What stills mean for who it is (身份核验): windows, tries, and the table that the machine and people walk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from recognition.verdict import MACHINE_TROUBLE, WINDOW, Reason, Thresholds, Verdict, judge, was_usable
from statetable import Table, final_states, step

STILLS_IN_WINDOW = 6  # twice what a judgment needs: with more than half of them unusable, waiting longer is guessing
NO_MATCHES_IN_TRY = 3  # judged windows; at 2–5 s a still, at least 18 s of usable stills that all say the same


class IdentityState(StrEnum):
    OPEN = "open"
    MATCHED = "matched"
    CONTESTED = "contested"
    NOT_MATCHED = "not_matched"
    INCONCLUSIVE = "inconclusive"
    CONFIRMED = "confirmed"
    CONCERN = "concern"
    REJECTED = "rejected"


class IdentityCue(StrEnum):
    # the machine's
    JUDGED_MATCH = "judged_match"
    JUDGED_NO_MATCH = "judged_no_match"
    TRIES_SPENT = "tries_spent"
    NO_USABLE_FACE = "no_usable_face"
    ENGINE_UNABLE = "engine_unable"
    # a person's
    CONFIRMED = "confirmed"
    CONFIRMED_WITH_CONCERN = "confirmed_with_concern"
    REJECTED = "rejected"


_S, _C = IdentityState, IdentityCue

# Only judged no-matches lead to `not_matched`: no face, several faces and an engine's trouble never count against
# anyone. A machine's state is never final; a person's is: a change of mind is a new entry that cites the old one.
IDENTITY: Table[IdentityState, IdentityCue] = {
    (_S.OPEN, _C.JUDGED_MATCH): _S.MATCHED,
    (_S.OPEN, _C.JUDGED_NO_MATCH): _S.OPEN,
    (_S.OPEN, _C.TRIES_SPENT): _S.NOT_MATCHED,
    (_S.OPEN, _C.NO_USABLE_FACE): _S.INCONCLUSIVE,
    (_S.OPEN, _C.ENGINE_UNABLE): _S.INCONCLUSIVE,
    (_S.MATCHED, _C.JUDGED_MATCH): _S.MATCHED,
    (_S.MATCHED, _C.JUDGED_NO_MATCH): _S.CONTESTED,
    (_S.MATCHED, _C.TRIES_SPENT): _S.CONTESTED,
    (_S.MATCHED, _C.NO_USABLE_FACE): _S.MATCHED,
    (_S.MATCHED, _C.ENGINE_UNABLE): _S.MATCHED,
    (_S.CONTESTED, _C.JUDGED_MATCH): _S.CONTESTED,
    (_S.CONTESTED, _C.JUDGED_NO_MATCH): _S.CONTESTED,
    (_S.CONTESTED, _C.TRIES_SPENT): _S.CONTESTED,
    (_S.CONTESTED, _C.NO_USABLE_FACE): _S.CONTESTED,
    (_S.CONTESTED, _C.ENGINE_UNABLE): _S.CONTESTED,
    (_S.NOT_MATCHED, _C.JUDGED_MATCH): _S.CONTESTED,
    (_S.NOT_MATCHED, _C.JUDGED_NO_MATCH): _S.NOT_MATCHED,
    (_S.NOT_MATCHED, _C.TRIES_SPENT): _S.NOT_MATCHED,
    (_S.NOT_MATCHED, _C.NO_USABLE_FACE): _S.NOT_MATCHED,
    (_S.NOT_MATCHED, _C.ENGINE_UNABLE): _S.NOT_MATCHED,
    (_S.INCONCLUSIVE, _C.JUDGED_MATCH): _S.MATCHED,
    (_S.INCONCLUSIVE, _C.JUDGED_NO_MATCH): _S.INCONCLUSIVE,
    (_S.INCONCLUSIVE, _C.TRIES_SPENT): _S.NOT_MATCHED,
    (_S.INCONCLUSIVE, _C.NO_USABLE_FACE): _S.INCONCLUSIVE,
    (_S.INCONCLUSIVE, _C.ENGINE_UNABLE): _S.INCONCLUSIVE,
    **{
        (state, cue): concluded
        for state in (_S.OPEN, _S.MATCHED, _S.CONTESTED, _S.NOT_MATCHED, _S.INCONCLUSIVE)
        for cue, concluded in (
            (_C.CONFIRMED, _S.CONFIRMED),
            (_C.CONFIRMED_WITH_CONCERN, _S.CONCERN),
            (_C.REJECTED, _S.REJECTED),
        )
    },
}

CONCLUDED = final_states(IDENTITY)


@dataclass(frozen=True, slots=True)
class WindowStill:
    """What a window keeps of one still: its score when it may be judged, and whether the engine is to blame if not."""

    score: float | None
    engine_trouble: bool


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """Where one check-in's identity stands, after every still and every person's word so far.

    Windows are tumbling: each still is heard once. In a sliding window one odd frame would speak in three judgments,
    and a try would rest on five stills instead of nine. With the other way than the face no still is ever shown, and
    the state stays open until a person concludes.
    """

    thresholds: Thresholds
    state: IdentityState = IdentityState.OPEN
    stills: int = 0
    """How many there were, over the whole call."""
    usable: int = 0
    """How many of them had one face past every gate."""
    window: tuple[WindowStill, ...] = ()
    """The stills of the window that is being filled."""
    judged_match: int = 0
    judged_no_match: int = 0

    def on_still(self, verdict: Verdict, reasons: Sequence[Reason], score: float | None) -> "IdentityCheck":
        """The check after one more still. Never raises; once a person has concluded, stills are only counted."""
        trouble = bool(MACHINE_TROUBLE.intersection(reasons))
        usable = was_usable(verdict, reasons)
        counted = replace(self, stills=self.stills + 1, usable=self.usable + usable)
        if self.state in CONCLUDED:
            return counted
        still = WindowStill(score if usable else None, trouble)
        check = replace(counted, window=(*self.window, still))
        cue = check._window_cue()
        if cue is None:
            return check
        return replace(
            check.on(cue),
            window=(),
            judged_match=self.judged_match + (cue is IdentityCue.JUDGED_MATCH),
            judged_no_match=self.judged_no_match + (cue in (IdentityCue.JUDGED_NO_MATCH, IdentityCue.TRIES_SPENT)),
        )

    def on(self, cue: IdentityCue) -> "IdentityCheck":
        """The check after `cue`, or IllegalCue."""
        return replace(self, state=step(IDENTITY, self.state, cue))

    def _window_cue(self) -> IdentityCue | None:
        """What the window says once it is full; None while it is not."""
        scores = [still.score for still in self.window if still.score is not None]
        if len(scores) == WINDOW:
            match judge(scores, self.thresholds):
                case Verdict.MATCH:
                    return IdentityCue.JUDGED_MATCH
                case Verdict.NO_MATCH:
                    spent = self.judged_match == 0 and self.judged_no_match + 1 >= NO_MATCHES_IN_TRY
                    return IdentityCue.TRIES_SPENT if spent else IdentityCue.JUDGED_NO_MATCH
                case _:
                    return IdentityCue.ENGINE_UNABLE
        if len(self.window) < STILLS_IN_WINDOW:
            return None
        unusable = [still for still in self.window if still.score is None]
        troubled = [still for still in unusable if still.engine_trouble]
        return IdentityCue.ENGINE_UNABLE if 2 * len(troubled) > len(unusable) else IdentityCue.NO_USABLE_FACE
