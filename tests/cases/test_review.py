"""The review table, every cell of it, and who has a review open."""

from itertools import product

import pytest

from accounts.actor import PostId
from accounts.subjects import SubjectId
from cases.review import REVIEW, EntryId, Review, ReviewCue, ReviewState, Severity
from statetable import IllegalCue, final_states, step
from tests.support.filed import TEN

pytestmark = pytest.mark.unit

WANG, LI = PostId("wang"), PostId("li")

# waiting →(opened) open →(decided) decided; open →(handed over) waiting.
CELLS = {
    (ReviewState.WAITING, ReviewCue.OPENED): ReviewState.OPEN,
    (ReviewState.OPEN, ReviewCue.HANDED_OVER): ReviewState.WAITING,
    (ReviewState.OPEN, ReviewCue.DECIDED): ReviewState.DECIDED,
}


@pytest.mark.parametrize(("state", "cue"), list(product(ReviewState, ReviewCue)))
def test_each_cue_leads_where_the_table_says_or_nowhere(state: ReviewState, cue: ReviewCue) -> None:
    if (state, cue) in CELLS:
        assert step(REVIEW, state, cue) is CELLS[state, cue]
    else:
        with pytest.raises(IllegalCue):
            step(REVIEW, state, cue)


def test_only_a_decision_is_final() -> None:
    assert final_states(REVIEW) == {ReviewState.DECIDED}


def review(state: ReviewState, held_by: PostId | None = None) -> Review:
    return Review(EntryId("e1"), SubjectId("s1"), Severity.ROUTINE, state, TEN, held_by)


@pytest.mark.parametrize(
    "before", [review(ReviewState.WAITING), review(ReviewState.OPEN, WANG), review(ReviewState.OPEN, LI)]
)
def test_whoever_opens_a_review_last_has_it(before: Review) -> None:
    after = before.opened(LI)
    assert (after.state, after.held_by) == (ReviewState.OPEN, LI)


@pytest.mark.parametrize("before", [review(ReviewState.WAITING), review(ReviewState.OPEN, WANG)])
def test_whoever_decides_had_it_open(before: Review) -> None:
    after = before.decided(LI)
    assert (after.state, after.held_by) == (ReviewState.DECIDED, LI)


def test_what_is_decided_is_not_opened_again() -> None:
    with pytest.raises(IllegalCue, match="opened is not possible while decided"):
        review(ReviewState.DECIDED, WANG).opened(LI)
