"""Pictures spoilt in ways that cameras spoil them: each by what it says, and the same each time."""

import cv2
import numpy as np
import pytest

from recognition.engines import Pixels
from recognition.spoiling import SMALL_PX, WAYS, blurred, compressed, dark, small

pytestmark = pytest.mark.unit

NOISE = np.random.default_rng(1).integers(0, 256, (480, 640, 3), dtype=np.uint8)


def sharpness(pixels: Pixels) -> float:
    return float(cv2.Laplacian(pixels, cv2.CV_64F).var())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [(480, 640), (48, 1280), (60, 50)])
def test_a_spoilt_picture_is_a_picture_and_the_same_each_time(way: str, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (*size, 3), dtype=np.uint8)
    kept = pixels.copy()
    spoilt = WAYS[way](pixels)
    assert spoilt.dtype == np.uint8
    assert spoilt.ndim == 3
    assert np.array_equal(spoilt, WAYS[way](pixels))
    assert np.array_equal(pixels, kept)


def test_small_is_320_by_240_and_never_larger_than_it_was() -> None:
    assert small(NOISE).shape == (240, 320, 3)
    assert small(NOISE[:112, :92]).shape == (112, 92, 3)
    assert small(np.zeros((100, 1280, 3), np.uint8))[:, :, 0].size == pytest.approx(SMALL_PX, rel=0.02)


def test_dark_is_a_quarter_of_the_light() -> None:
    assert dark(NOISE).mean() == pytest.approx(NOISE.mean() / 4, rel=0.02)


def test_blurred_and_compressed_lose_what_is_fine() -> None:
    assert sharpness(blurred(NOISE)) < sharpness(compressed(NOISE)) < sharpness(NOISE)
    half = np.asarray(cv2.resize(NOISE, (320, 240)), np.uint8)
    assert np.abs(np.diff(blurred(half).astype(int), axis=1)).mean() > 0  # in proportion: a small one is not wiped out
