"""The identity table, every cell of it; windows and tries; and what can never happen to anyone."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkins.identity import CONCLUDED, IDENTITY, IdentityCheck, IdentityCue, IdentityState
from recognition.verdict import SFACE, Comparison, Reason, Verdict, verdict_of
from statetable import IllegalCue, Table, final_states, step

pytestmark = pytest.mark.unit

# Written out by hand, row by row, and not taken from the code; "–" is what may not happen.
ROWS = """
             judged_match judged_no_match tries_spent no_usable_face engine_unable confirmed confirmed_with_concern rejected
open         matched      open            not_matched inconclusive   inconclusive  confirmed concern                rejected
matched      matched      contested       contested   matched        matched       confirmed concern                rejected
contested    contested    contested       contested   contested      contested     confirmed concern                rejected
not_matched  contested    not_matched     not_matched not_matched    not_matched   confirmed concern                rejected
inconclusive matched      inconclusive    not_matched inconclusive   inconclusive  confirmed concern                rejected
confirmed    –            –               –           –              –             –         –                      –
concern      –            –               –           –              –             –         –                      –
rejected     –            –               –           –              –             –         –                      –
"""  # noqa: E501 (a table is read by its columns)
_head, *_lines = (line.split() for line in ROWS.strip().splitlines())
CELLS = {(line[0], cue): after for line in _lines for cue, after in zip(_head, line[1:], strict=True)}


@pytest.mark.parametrize(("state", "cue"), list(product(IdentityState, IdentityCue)))
def test_each_cue_leads_where_the_table_says_or_nowhere(state: IdentityState, cue: IdentityCue) -> None:
    after = CELLS[state.value, cue.value]
    check = IdentityCheck(SFACE, state)
    if after == "–":
        with pytest.raises(IllegalCue, match=f"{cue.value} is not possible while {state.value}"):
            check.on(cue)
    else:
        assert check.on(cue).state is IdentityState(after)


@pytest.mark.parametrize("state", IdentityState)
def test_every_state_leads_to_a_persons_conclusion(state: IdentityState) -> None:
    assert state in CONCLUDED or {after for (before, _cue), after in IDENTITY.items() if before is state} >= CONCLUDED


def test_only_a_persons_word_is_final() -> None:
    assert final_states(IDENTITY) == {IdentityState.CONFIRMED, IdentityState.CONCERN, IdentityState.REJECTED}


def still(faces: int = 1, score: float | None = None, *reasons: Reason, engine: str = "sface") -> Comparison:
    return Comparison(faces, score, reasons, engine, "0ba9fb")


STILLS = {
    "M": still(1, 0.80),
    "N": still(1, 0.10),
    "b": still(1, 0.39),  # between the thresholds: usable, and no answer
    "-": still(0),  # nobody in the picture
    "2": still(2),
    "d": still(1, None, Reason.TOO_DARK),
    "x": still(0, None, Reason.ENGINE_FAILED),
    "q": still(0, None, Reason.BUSY),
    "o": still(1, 0.10, engine="another"),  # a score that the thresholds are not for
}


def shown(check: IdentityCheck, still: Comparison) -> IdentityCheck:
    return check.on_still(*verdict_of(still, check.thresholds), still.score)


def after(stills: str, state: IdentityState = IdentityState.OPEN) -> IdentityCheck:
    check = IdentityCheck(SFACE, state)
    for key in stills:
        check = shown(check, STILLS[key])
    return check


@pytest.mark.parametrize(
    ("stills", "state"),
    [
        ("", "open"),
        ("MM", "open"),  # two stills decide nothing
        ("MMM", "matched"),
        ("MNM", "matched"),  # one odd frame does not move a median
        ("M-d2MM", "matched"),  # six stills, three of them usable
        ("MM----M", "inconclusive"),  # the two good ones went with their window
        ("NNN", "open"),  # one no-match says nothing yet
        ("NNNNNN", "open"),
        ("NNNNNNNNN", "not_matched"),  # three windows: a try is spent
        ("NNNNNNMMM", "matched"),
        ("MMMNNN", "contested"),
        ("MMMNNNNNNNNN", "contested"),  # never not_matched once a window has matched
        ("NNNNNNNNNMMM", "contested"),
        ("NNNNNNNNNNNN", "not_matched"),
        ("NNNNNNNNN------", "not_matched"),
        ("bbb", "inconclusive"),
        ("MbN", "inconclusive"),
        ("NNNbbbNNNbbbNNN", "not_matched"),  # what lies between does not start the count again
        ("------", "inconclusive"),
        ("-----", "open"),
        ("222222", "inconclusive"),
        ("dddddd", "inconclusive"),
        ("xxxxxx", "inconclusive"),
        ("oooooooooooooooooo", "inconclusive"),
        ("NN----NN----NN----NN----NN----", "inconclusive"),  # ten no-matches, and never three in a window
        ("------MMM", "matched"),
    ],
)
def test_a_window_of_three_usable_stills_is_judged_by_its_median(stills: str, state: str) -> None:
    assert after(stills).state is IdentityState(state)


@pytest.mark.parametrize(
    ("stills", "cue"),
    [
        ("------", IdentityCue.NO_USABLE_FACE),
        ("xxx---", IdentityCue.NO_USABLE_FACE),  # half is not most
        ("xxxq--", IdentityCue.ENGINE_UNABLE),
        ("MMxxxd", IdentityCue.ENGINE_UNABLE),  # most of the four that could not be used
        ("MMxxdd", IdentityCue.NO_USABLE_FACE),
    ],
)
def test_a_window_that_cannot_be_judged_says_whose_fault_it_was(
    stills: str, cue: IdentityCue, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[IdentityCue] = []

    def listen(table: Table[IdentityState, IdentityCue], state: IdentityState, cue: IdentityCue) -> IdentityState:
        said.append(cue)
        return step(table, state, cue)

    monkeypatch.setattr("checkins.identity.step", listen)
    after(stills)
    assert said == [cue]


def test_stills_are_counted_and_those_of_use() -> None:
    check = after("MMNb-2dxo")
    assert (check.usable, check.stills) == (4, 9)


@pytest.mark.parametrize("state", sorted(CONCLUDED))
def test_once_a_person_has_concluded_stills_are_only_counted(state: IdentityState) -> None:
    check = after("NNNNNNNNNNNN", state)
    assert (check.state, check.stills, check.window) == (state, 12, ())


comparisons = st.builds(
    Comparison,
    faces=st.integers(0, 3),
    score=st.none() | st.floats(),
    reasons=st.lists(st.sampled_from(Reason), max_size=2).map(tuple),
    engine=st.sampled_from(["sface", "another"]),
    model_sha256=st.just("0ba9fb"),
)


@given(st.lists(comparisons, max_size=40), st.sampled_from(IdentityState))
def test_whatever_the_order_of_stills_nothing_raises(stills: list[Comparison], state: IdentityState) -> None:
    check = IdentityCheck(SFACE, state)
    for one in stills:
        check = shown(check, one)
        assert len(check.window) < 6
    assert check.stills == len(stills)


def says_no_match(comparison: Comparison) -> bool:
    return verdict_of(comparison, SFACE)[0] is Verdict.NO_MATCH


@given(st.lists(comparisons.filter(lambda comparison: not says_no_match(comparison))))
def test_without_a_usable_no_match_nobody_ever_becomes_not_matched(stills: list[Comparison]) -> None:
    check = IdentityCheck(SFACE)
    for one in stills:
        check = shown(check, one)
        assert check.state not in (IdentityState.NOT_MATCHED, IdentityState.CONTESTED)


@given(st.text(alphabet=sorted(STILLS), max_size=60))
def test_not_matched_rests_on_at_least_six_usable_no_matches_and_no_matching_window(stills: str) -> None:
    check = after(stills)
    if check.state is IdentityState.NOT_MATCHED:
        assert stills.count("N") >= 6  # the median of three windows: two of three in each
        assert (check.judged_match, check.judged_no_match >= 3) == (0, True)
