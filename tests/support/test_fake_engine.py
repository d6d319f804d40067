"""The tests' own face verifier answers as the real one does."""

import numpy as np
import pytest

from recognition.verdict import SFACE, Reason, Verdict, verdict_of
from tests.support.fake_engine import DARK, JPEG, PNG, FakeVerifier

pytestmark = pytest.mark.unit


async def test_it_enrols_three_good_pictures_and_compares_with_them() -> None:
    verifier = FakeVerifier(score=0.1)
    enrolment = await verifier.enrol([JPEG, DARK, PNG, JPEG])
    assert [report.ok for report in enrolment.pictures] == [True, False, True, True]
    assert enrolment.reference is not None
    comparison = await verifier.compare(enrolment.reference, np.zeros((48, 48, 3), np.uint8))
    assert (comparison.usable, verdict_of(comparison, SFACE)) == (True, (Verdict.NO_MATCH, ()))


async def test_it_enrols_nobody_from_two_good_pictures() -> None:
    enrolment = await FakeVerifier().enrol([JPEG, DARK, PNG])
    assert enrolment.reference is None
    assert enrolment.pictures[1].reasons == (Reason.TOO_DARK,)


async def test_it_looks_at_previews() -> None:
    verifier = FakeVerifier()
    assert (await verifier.look(JPEG)).ok
    assert not (await verifier.look(DARK)).ok
