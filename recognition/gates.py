"""What a picture must be before its face is compared; each failed gate is a reason the person can act on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engines import Engine, Face, Limits, Pixels, Points, Vector
from recognition.verdict import Reason

# Measured on 200 portraits of 20 people and 176 frames of 11 talking-head clips, all of them fit to compare: YuNet
# keeps all 376, HOG 373 (one not found, two turned away). Nearest to a gate: yaw 27.7°, contrast 30, sharpness .024.
SECOND_FACE = 0.4  # of the largest face's height: somebody beside the person, not a picture on the wall
LARGEST_YAW_DEG = 30
CROP_PX, CROP_EYES_PX, CROP_EYE_LINE_PX = 112, 35.2, 51.6  # where ArcFace's alignment, and so SFace's, puts the eyes
# Of the face mesh's flag. `python -m bench.gates FOLDER`: clean and merely small, dark, blurred or compressed frames of
# eight people stay above 10; of faces covered from the nose down 54 % fall below it, which the other gates let pass.
LEAST_FLAG = 10
LEAST_CONTRAST = 8  # standard deviation of the crop's grey values: a wall, a lens cover
LEAST_SHARPNESS = 0.008  # variance of the Laplacian over the variance of the 112×112 crop
ROUNDING = 20 / 12  # what whole grey values alone give a Laplacian (1 1 −4 1 1): a blurred dark face is all rounding
DARK, BRIGHT = 20, 235  # mean grey value. Lenient: both engines compare well at a quarter of the light


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """One picture past or before the gates; `face` is there when exactly one counts."""

    faces: int
    reasons: tuple[Reason, ...]
    face: Face | None

    @property
    def ok(self) -> bool:
        return self.face is not None and not self.reasons


def examine(engine: Engine, pixels: Pixels) -> Examined:
    """Find the face and hold it against every gate."""
    counted = counting(engine.faces(pixels), engine.limits)
    if len(counted) != 1:
        return Examined(len(counted), () if counted else light(pixels), None)
    face = counted[0]
    return Examined(1, failed_gates(face, pixels, engine.limits, engine.flag(pixels, face)), face)


def vector_of(engine: Engine, pixels: Pixels, examined: Examined) -> Vector | None:
    """The vector of a picture that passed; of any other there is none, so none can be compared by mistake."""
    return engine.vector(pixels, examined.face) if examined.face is not None and examined.ok else None


def counting(faces: Sequence[Face], limits: Limits) -> list[Face]:
    """The faces that count, largest first: the largest, and every sure one nearly as large."""
    by_height = sorted(faces, key=lambda face: -face.height)
    sure = [face for face in by_height if face.confidence >= limits.confidence]
    if not sure:
        return by_height[:1]
    return [face for face in sure if face.height >= SECOND_FACE * sure[0].height]


def failed_gates(face: Face, pixels: Pixels, limits: Limits, flag: float | None) -> tuple[Reason, ...]:
    """The gates this face does not pass, the most helpful one to hear about first; `flag` is the face mesh's."""
    # One scale for landscape and portrait pictures: the one that gives them the area of 640×480.
    scale = math.sqrt(640 * 480 / (pixels.shape[0] * pixels.shape[1]))
    crop = aligned(pixels, face.eyes)
    contrast = float(crop.std())
    sharpness = (float(cv2.Laplacian(crop, cv2.CV_64F).var()) - ROUNDING) / max(contrast, 1.0) ** 2
    failed = {
        Reason.TOO_SMALL: face.height * scale < limits.height_px,
        Reason.TURNED_AWAY: abs(face.yaw_deg) > LARGEST_YAW_DEG,
        Reason.BLURRED: sharpness < LEAST_SHARPNESS,
        Reason.FLAT: contrast < LEAST_CONTRAST,
        Reason.LOW_CONFIDENCE: face.confidence < limits.confidence or (flag is not None and flag < LEAST_FLAG),
    }
    return light(crop) + tuple(reason for reason, fails in failed.items() if fails)


def aligned(pixels: Pixels, eyes: Points) -> NDArray[np.uint8]:
    """The face in grey, its eyes level and at their place in a square of CROP_PX."""
    across = eyes[1] - eyes[0]
    turn = math.degrees(math.atan2(across[1], across[0]))
    zoom = CROP_EYES_PX / max(float(np.hypot(*across)), 1.0)
    middle = eyes.mean(axis=0)
    warp = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), turn, zoom)
    warp[:, 2] += (CROP_PX / 2 - middle[0], CROP_EYE_LINE_PX - middle[1])
    # Nothing black beside a face at the picture's edge: it would count as contrast, and as sharp.
    crop = cv2.warpAffine(pixels, warp, (CROP_PX, CROP_PX), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), np.uint8)


def light(pixels: NDArray[np.uint8]) -> tuple[Reason, ...]:
    """TOO_DARK, TOO_BRIGHT or nothing to say about the light."""
    mean = float(np.mean(pixels))
    if mean < DARK:
        return (Reason.TOO_DARK,)
    return (Reason.TOO_BRIGHT,) if mean > BRIGHT else ()


def yaw_deg(eyes: Points, down: Points, nose: Points, nose_depth: float) -> float:
    """How far the head is turned, from how far the nose stands beside the face's midline; 0 is straight ahead.

    `eyes` are the two eyes' centres in the order of the picture, `down` points from between them to the chin, and
    `nose_depth` is how far the engine's nose point lies before the eyes, in distances between the eyes.
    """
    middle = (eyes[0] + eyes[1]) / 2
    across = np.array([down[1], -down[0]]) / np.hypot(*down)
    between_eyes = abs(float((eyes[1] - eyes[0]) @ across))
    beside = float((nose - middle) @ across)
    return math.degrees(math.atan2(beside, nose_depth * between_eyes))
