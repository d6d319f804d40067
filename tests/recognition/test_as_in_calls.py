"""The whole rule on vectors whose distances are known: who is enrolled, who is judged, and who is taken for whom."""

from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

from recognition.as_in_calls import FRAMES, Calls, as_in_calls
from recognition.engines import Vector
from recognition.pairs import Pair, PairList
from recognition.rates import Rate
from recognition.verdict import DLIB, SFACE, Thresholds

pytestmark = pytest.mark.unit

EACH = 10


def at(degrees: float, picture: int = 0) -> Vector:
    """A unit vector in a plane, and a little beside it: no two pictures are the same one."""
    beside = np.zeros(60)
    beside[picture] = 0.12
    vector = np.concatenate([[np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], beside])
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def check(
    people: dict[str, list[float]], thresholds: Thresholds = SFACE, missing: frozenset[int] = frozenset()
) -> Calls:
    """Everybody compared with everybody; a person's group is the first letter of the name."""
    owner = [name for name, turns in people.items() for _ in turns]
    pairs = [
        Pair(a, b, owner[a] == owner[b], owner[a][0] if owner[a][0] == owner[b][0] else "")
        for a, b in combinations(range(len(owner)), 2)
    ]
    listed = PairList([Path(str(place)) for place in range(len(owner))], [1] * len(owner), pairs)
    turns = [degrees for theirs in people.values() for degrees in theirs]
    clean = {place: at(degrees, place) for place, degrees in enumerate(turns)}
    found = as_in_calls(listed, clean, {p: v for p, v in clean.items() if p not in missing}, thresholds, FRAMES)
    assert found is not None
    return found


@pytest.mark.parametrize("thresholds", [SFACE, DLIB])
def test_people_who_are_far_apart_are_known_and_told_apart(thresholds: Thresholds) -> None:
    calls = check({"a": [0.0] * EACH, "b": [90.0] * EACH}, thresholds)
    assert (calls.people, calls.enrolments, calls.failures_to_enrol, calls.not_judged) == (2, 20, 0, 0)
    assert calls.errors.false_match == Rate(0, 20)  # each as the other, ten enrolments
    assert calls.errors.false_non_match == Rate(0, 20)
    nearest, farthest = (0, 1) if thresholds is SFACE else (np.sqrt(2), 0.13)
    assert (calls.errors.nearest, calls.errors.farthest) == pytest.approx((nearest, farthest), abs=0.02)


def test_one_odd_frame_decides_nothing_and_three_do() -> None:
    assert check({"a": [0.0] * 8 + [120.0] * 2}).errors.said_no == 0
    calls = check({"a": [0.0] * 6 + [120.0] * 4})
    assert calls.errors.said_no > 0
    assert calls.errors.false_non_match.errors >= calls.errors.said_no


def test_a_doubt_about_the_right_person_counts_as_not_known() -> None:
    between = float(np.degrees(np.arccos(0.40)))  # nearer than no match, farther than match
    calls = check({"a": [0.0] * 5 + [between] * 5})
    assert calls.errors.false_non_match.errors > 0
    assert calls.errors.said_no == 0


def test_twins_are_taken_for_each_other_and_counted_in_their_group() -> None:
    calls = check({"a1": [0.0] * EACH, "a2": [10.0] * EACH, "b": [90.0] * EACH})
    assert calls.errors.false_match == Rate(20, 60)
    assert {name: errors.false_match for name, errors in calls.groups.items()} == {"a": Rate(20, 20), "b": Rate(0, 0)}


def test_pictures_at_odds_enrol_nobody() -> None:
    calls = check({"a": [0.0, 90.0] * 5})
    assert calls.failures_to_enrol == calls.enrolments == EACH
    assert calls.errors.false_non_match == Rate(0, 0)


def test_the_same_picture_three_times_enrols_nobody() -> None:
    pairs = [Pair(a, b, same=True, group="") for a, b in combinations(range(EACH), 2)]
    listed = PairList([Path(str(place)) for place in range(EACH)], [1] * EACH, pairs)
    vectors = {place: at(0) for place in range(EACH)}
    calls = as_in_calls(listed, vectors, vectors, SFACE, FRAMES)
    assert calls is not None
    assert calls.failures_to_enrol == EACH


def test_whoever_has_many_pictures_is_enrolled_a_few_times_all_over_them() -> None:
    assert check({"a": [0.0] * 39, "b": [90.0] * EACH}).enrolments == 20 + EACH


def test_with_fewer_than_five_good_frames_nothing_is_judged() -> None:
    calls = check({"a": [0.0] * EACH}, missing=frozenset(range(EACH - FRAMES + 1)))
    assert calls.not_judged == calls.enrolments


def test_people_who_were_never_compared_are_not_said_to_differ() -> None:
    pairs = [
        Pair(a, b, same=True, group="") for first in (0, EACH) for a, b in combinations(range(first, first + EACH), 2)
    ]
    listed = PairList([Path(str(place)) for place in range(2 * EACH)], [1] * 2 * EACH, pairs)
    vectors = {place: at(0, place) for place in range(2 * EACH)}
    calls = as_in_calls(listed, vectors, vectors, SFACE, FRAMES)
    assert calls is not None
    assert (calls.people, calls.errors.false_match.of) == (2, 0)


def test_a_list_without_enough_pictures_of_anybody_says_nothing_of_calls() -> None:
    half = (FRAMES + 3) // 2
    pairs = [Pair(a, b, same=False, group="") for a, b in product(range(half), range(half, 2 * half))]
    pairs += [Pair(a, b, same=True, group="") for a, b in combinations(range(half), 2)]
    listed = PairList([Path(str(place)) for place in range(2 * half)], [1] * 2 * half, pairs)
    assert as_in_calls(listed, {}, {}, SFACE, FRAMES) is None
