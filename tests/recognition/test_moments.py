"""What is kept of one picture of a stream."""

import numpy as np
import pytest

from recognition.engines import Face
from recognition.moments import THUMB_HEIGHT, THUMB_WIDTH, Moment, around, box_of, skin_of
from tests.support.faces_of_points import GREY, a_mesh

pytestmark = pytest.mark.unit


def test_the_light_of_skin_is_that_of_the_face_and_of_nothing_beside_it() -> None:
    mesh = a_mesh()
    mesh.points[[50, 280, 151]] = [(270, 260, 0), (370, 260, 0), (320, 170, 0)]
    pixels = np.full((480, 640, 3), 7, np.uint8)
    pixels[140:320, 240:400] = 60, 90, 120
    assert skin_of(pixels, mesh) == (60, 90, 120)


def test_a_face_half_out_of_the_picture_has_the_light_of_what_is_in_it() -> None:
    mesh = a_mesh()
    mesh.points[[50, 280, 151]] = [(-900, 260, 0), (10, 260, 0), (5, -300, 0)]
    assert skin_of(np.full((480, 640, 3), 80, np.uint8), mesh) == (80, 80, 80)
    mesh.points[:] = -900
    assert skin_of(np.full((480, 640, 3), 80, np.uint8), mesh) == (0, 0, 0)


def test_beside_the_face_is_neither_face_nor_body() -> None:
    thumb = np.full((THUMB_HEIGHT, THUMB_WIDTH, 3), 50, np.uint8)
    thumb[8:40, 20:44] = 200  # face and neck
    thumb[THUMB_HEIGHT // 2 :] = 120  # shoulders
    assert around(thumb, (0.32, 0.2, 0.68, 0.8)) == (50, 50, 50)
    assert around(thumb, (0.05, 0.2, 0.95, 0.8)) == (0, 0, 0)  # nothing is


@pytest.mark.parametrize(("left", "whole"), [(100, True), (-1, False), (420, False)])
def test_a_face_is_whole_when_all_of_it_is_in_the_picture(left: float, *, whole: bool) -> None:
    eyes = np.zeros((2, 2))
    box = box_of(Face(left, 100, 220, 300, 0.9, eyes, 0, eyes), 640, 480)
    assert Moment(0, 1, GREY, a_mesh(), box).whole is whole
    assert not Moment(0, 0, GREY).whole
