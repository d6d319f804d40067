"""What cheap cameras, dim rooms and narrow networks do to a picture: done to good ones, to measure what it costs."""

from collections.abc import Callable, Mapping
from math import sqrt

import cv2
import numpy as np

from recognition.engines import Pixels

SMALL_PX = 320 * 240  # of the whole picture; one that has no more stays as it is
LIGHT, SENSOR_NOISE = 0.25, 2.0  # the quarter of the light that is left; the grain of a cheap sensor, in grey values
BLUR_PX = 5.0  # standard deviation in a picture of 640×480, and in proportion in any other
JPEG_QUALITY = 10  # of 100: blocks of eight pixels can be seen


def small(pixels: Pixels) -> Pixels:
    shrink = sqrt(SMALL_PX / _area(pixels))
    if shrink >= 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)


def dark(pixels: Pixels) -> Pixels:
    grain = np.random.default_rng(1).normal(0, SENSOR_NOISE, pixels.shape)  # the same each time: figures repeat
    return np.clip(pixels * LIGHT + grain, 0, 255).round().astype(np.uint8)


def blurred(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), BLUR_PX * sqrt(_area(pixels) / (640 * 480))), np.uint8)


def compressed(pixels: Pixels) -> Pixels:
    _, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def _area(pixels: Pixels) -> int:
    height, width = pixels.shape[:2]
    return int(height * width)


CLEAN = "clean"
WAYS: Mapping[str, Callable[[Pixels], Pixels]] = {
    CLEAN: lambda pixels: pixels,
    "small": small,
    "dark": dark,
    "blurred": blurred,
    "compressed": compressed,
}
