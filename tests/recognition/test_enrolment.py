"""Several pictures in; one reference out, or who is at odds with whom."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.engines import EngineInfo, Vector, score
from recognition.enrolment import MOST_PICTURES, Enrolment, PictureReport, enrolled, template_of
from recognition.jobs import Answer
from recognition.verdict import DLIB, SFACE, Reason, Thresholds

pytestmark = pytest.mark.unit

ENGINES = {"sface": EngineInfo("sface", "5f", SFACE), "dlib": EngineInfo("dlib", "d1", DLIB)}
# Unit vectors in a plane: at 40° their cosine is .77 and their distance .68.
DEGREES = {"a": 0, "b": 12, "c": 25, "m": 50, "y": 200, "z": 180}


def vector(name: str) -> Vector:
    turn = np.radians(DEGREES[name])
    return np.array([np.cos(turn), np.sin(turn)], np.float32)


def answers(pictures: str) -> list[Answer]:
    """A letter is a good picture of somebody standing at DEGREES, "-" one that failed a gate, "?" a broken file."""
    return [
        Answer(1, bad="broken")
        if name == "?"
        else Answer(1, 1, (Reason.BLURRED,))
        if name == "-"
        else Answer(1, 1, vector=tuple(float(x) for x in vector(name)))
        for name in pictures
    ]


def check(engine: str, pictures: str, disagree: tuple[int, ...], *, reference: bool) -> Enrolment:
    enrolment = enrolled(answers(pictures), ENGINES[engine])
    again = tuple(n for n, name in enumerate(pictures) if name not in "-?" and name in pictures[:n])
    assert (enrolment.disagree, enrolment.repeats) == (disagree, again)
    assert (enrolment.reference is not None) is reference
    assert [report.ok for report in enrolment.pictures] == [
        name not in "-?" and n not in again for n, name in enumerate(pictures)
    ]
    return enrolment


@pytest.mark.parametrize(
    ("engine", "pictures", "disagree", "reference"),
    [
        ("sface", "abc", (), True),
        ("sface", "abcab", (), True),
        ("sface", "ab-c?", (), True),  # three good ones among five will do
        ("sface", "ab", (), False),
        ("sface", "ab-?", (), False),
        ("sface", "abz", (2,), False),  # somebody else's picture among them
        ("sface", "-azb", (2,), False),  # named by its place among those that were sent
        ("sface", "zab", (0,), False),
        ("sface", "abyz", (0, 1, 2, 3), False),  # two against two: nobody can say who is right
        ("sface", "aaaaa", (), False),  # one picture five times
        ("sface", "abb", (), False),
        ("sface", "aabbc", (), True),  # three that differ among five will do
        ("dlib", "aaa", (), False),
        ("dlib", "abc", (), True),
        ("dlib", "acm", (0, 2), False),  # c agrees with both, they do not agree with each other
        ("dlib", "abz", (2,), False),
    ],
)
def test_enough_pictures_that_all_agree_make_a_reference(
    engine: str, pictures: str, disagree: tuple[int, ...], *, reference: bool
) -> None:
    check(engine, pictures, disagree, reference=reference)


def test_each_picture_is_reported_with_what_was_wrong_with_it() -> None:
    assert enrolled(answers("a-?"), ENGINES["sface"]).pictures == (
        PictureReport(ok=True, faces=1, reasons=()),
        PictureReport(ok=False, faces=1, reasons=(Reason.BLURRED,)),
        PictureReport(ok=False, faces=0, reasons=(Reason.UNREADABLE,)),
    )


def test_a_reference_belongs_to_one_engine_and_one_set_of_weights() -> None:
    reference = check("sface", "abc", (), reference=True).reference
    assert reference is not None
    assert reference.made_by(ENGINES["sface"])
    assert not reference.made_by(ENGINES["dlib"])
    assert not reference.made_by(EngineInfo("sface", "other weights", SFACE))


def test_without_an_engine_nobody_is_enrolled() -> None:
    assert enrolled([Answer(1, reasons=(Reason.ENGINE_FAILED,))] * 3, None).reference is None


ANYWHERE = st.lists(st.floats(-1, 1), min_size=4, max_size=4).map(np.array).filter(lambda v: np.linalg.norm(v) > 0.1)
UNIT = ANYWHERE.map(lambda v: (v / np.linalg.norm(v)).astype(np.float32))


@given(UNIT, st.sampled_from(["sface", "dlib"]), st.integers(3, MOST_PICTURES))
def test_equal_pictures_are_one_picture_and_no_reference(one: Vector, engine: str, count: int) -> None:
    same = Answer(1, 1, vector=tuple(float(x) for x in one))
    enrolment = enrolled([same] * count, ENGINES[engine])
    assert enrolment.reference is None
    assert enrolment.repeats == tuple(range(1, count))


@given(UNIT, st.sampled_from([SFACE, DLIB]), st.integers(1, MOST_PICTURES))
def test_the_template_of_equal_vectors_is_that_vector(one: Vector, thresholds: Thresholds, count: int) -> None:
    closest = {SFACE: 1.0, DLIB: 0.0}
    assert score(template_of([one] * count), one, thresholds) == pytest.approx(closest[thresholds], abs=1e-3)


@given(UNIT, UNIT, st.sampled_from([SFACE, DLIB]))
def test_a_score_does_not_depend_on_who_comes_first(a: Vector, b: Vector, thresholds: Thresholds) -> None:
    assert score(a, b, thresholds) == pytest.approx(score(b, a, thresholds))
