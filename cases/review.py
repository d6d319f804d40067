"""Review (复核): what waits for a person's eye, who has it open, and the three things a person may conclude."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from accounts.actor import PostId
from accounts.subjects import SubjectId
from statetable import Table, step

EntryId = NewType("EntryId", str)


class Conclusion(StrEnum):
    """人工核验结论: a person's word, signed; a machine has verdicts only."""

    CONFIRMED = "confirmed"
    CONCERN = "concern"
    REJECTED = "rejected"


class Severity(StrEnum):
    """How much an entry needs a person's eye; whoever files it says so, and the queue shows it beside the age."""

    ROUTINE = "routine"
    UNDECIDED = "undecided"
    DIFFERS = "differs"


class ReviewState(StrEnum):
    WAITING = "waiting"
    OPEN = "open"
    DECIDED = "decided"


class ReviewCue(StrEnum):
    OPENED = "opened"
    HANDED_OVER = "handed_over"
    DECIDED = "decided"


REVIEW: Table[ReviewState, ReviewCue] = {
    (ReviewState.WAITING, ReviewCue.OPENED): ReviewState.OPEN,
    (ReviewState.OPEN, ReviewCue.HANDED_OVER): ReviewState.WAITING,
    (ReviewState.OPEN, ReviewCue.DECIDED): ReviewState.DECIDED,
}


@dataclass(frozen=True, slots=True)
class Review:
    """The review of one entry: since when it waits, and in which post it was opened last."""

    entry: EntryId
    subject: SubjectId
    severity: Severity
    state: ReviewState
    waiting_since: datetime
    held_by: PostId | None

    def opened(self, by: PostId) -> "Review":
        """Open in this post; whoever had it open before hands it over. IllegalCue once it is decided."""
        review = self
        if self.state is ReviewState.OPEN and self.held_by != by:
            review = review._on(ReviewCue.HANDED_OVER)
        if review.state is not ReviewState.OPEN:
            review = review._on(ReviewCue.OPENED)
        return replace(review, held_by=by)

    def decided(self, by: PostId) -> "Review":
        """Decided in this post, or IllegalCue: what is decided stays decided."""
        return self.opened(by)._on(ReviewCue.DECIDED)

    def _on(self, cue: ReviewCue) -> "Review":
        return replace(self, state=step(REVIEW, self.state, cue))
