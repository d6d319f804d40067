"""One face from the first picture to the last, or another one in between."""

import numpy as np
import pytest

from recognition.continuity import changed_at
from recognition.engines import Vector
from recognition.verdict import DLIB, SFACE

pytestmark = pytest.mark.unit


def face(degrees: float) -> Vector:
    """Unit vectors; their cosine is that of the angle between them."""
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)


@pytest.mark.parametrize(
    ("degrees", "changed"),
    [
        ([], None),
        ([0], None),
        ([0, 10, 20, 5], None),
        ([0, 0, 90, 90, 90], 2),
        ([0, 0, 90, 0, 90, 0], None),  # one picture alone is a bad picture
        ([0, 60, 60, 60], None),  # cosine .5: doubt, and doubt is no change
        ([0, 30, 60, 90, 110, 110], None),  # the light changed step by step
        ([0, 0, 90, 90, 0, 0], 2),  # and back again
    ],
)
def test_another_face_begins_where_two_in_a_row_are_like_none_before(degrees: list[float], changed: int | None) -> None:
    seen = [(float(number), face(one)) for number, one in enumerate(degrees)]
    assert changed_at(seen, SFACE) == changed


def test_the_engine_says_what_is_far() -> None:
    seen = [(0.0, face(0)), (1.0, face(50)), (2.0, face(50))]  # a distance of .85, a cosine of .64
    assert changed_at(seen, DLIB) == 1.0
    assert changed_at(seen, SFACE) is None
