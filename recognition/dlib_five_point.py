"""face_recognition: dlib's HOG detector and its embedding over five landmarks; serves when SFace's file is not there.

Importing face_recognition loads dlib's 68-point landmark file whatever one does. Its training pictures exclude
commercial use, so nothing here calls it: faces are found by HOG and aligned by the five-point model alone
(`model="small"`). The import takes 2.5 s and 190 MB, so it happens in the worker process only, when an engine is made.
"""

import importlib
from collections.abc import Mapping, Sequence
from types import ModuleType

import cv2
import numpy as np
from PIL import ImageFile

from recognition.engines import EngineFailed, Face, Limits, Pixels, Vector
from recognition.gates import yaw_deg

DETECTION_SIDE_PX = 640
UPSAMPLE_ONCE = 1  # HOG sees faces of 80 px and more; once up-sampled, of 40
NOSE_DEPTH = 0.36  # of the point beneath the nose; from the same face turned by ±22° as in sface.py


class DlibFivePoint:
    """Euclidean distance of 128 numbers."""

    # HOG's box ends at the brows: 75 px of it are 90 px of YuNet's. Its confidence is a margin, not a probability.
    limits = Limits(confidence=0.0, height_px=75)

    def __init__(self) -> None:
        self._face_recognition = _import_face_recognition()
        self._detector = importlib.import_module("dlib").get_frontal_face_detector()

    def faces(self, pixels: Pixels) -> Sequence[Face]:
        shrink = min(1.0, DETECTION_SIDE_PX / max(pixels.shape[:2]))
        small = cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else pixels
        boxes, confidences, _ = self._detector.run(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), UPSAMPLE_ONCE)
        sides = [[round(side / shrink) for side in (b.top(), b.right(), b.bottom(), b.left())] for b in boxes]
        found = self._face_recognition.face_landmarks(_rgb(pixels), sides, model="small")
        return [_face(*one) for one in zip(sides, confidences, found, strict=True)]

    def flag(self, pixels: Pixels, face: Face) -> float | None:
        """None: the mesh's gate was set on YuNet's boxes, and HOG's end at the brows."""
        return None

    def vector(self, pixels: Pixels, face: Face) -> Vector:
        sides = (face.top, face.left + face.width, face.top + face.height, face.left)
        whole = [tuple(int(side) for side in sides)]
        (vector,) = self._face_recognition.face_encodings(_rgb(pixels), whole, model="small")
        return np.asarray(vector, np.float32)


def _import_face_recognition() -> ModuleType:
    """The module, or EngineFailed; it prints advice and quits the process where its models are missing."""
    try:
        module = importlib.import_module("face_recognition")
    except (ImportError, SystemExit, RuntimeError) as error:
        raise EngineFailed("face_recognition, dlib or their models are not installed") from error
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # face_recognition allows them in the whole process; pictures.py must not
    return module


def _face(sides: Sequence[int], confidence: float, found: Mapping[str, Sequence[tuple[int, int]]]) -> Face:
    top, right, bottom, left = sides
    corners = np.array([*found["left_eye"], *found["right_eye"]], np.float64)  # left in the picture, so it says
    eyes = np.array([corners[:2].mean(axis=0), corners[2:].mean(axis=0)])
    across = eyes[1] - eyes[0]
    down = np.array([-across[1], across[0]])  # no mouth among the five points
    nose = np.array(found["nose_tip"][0], np.float64)
    yaw = yaw_deg(eyes, down, nose, NOSE_DEPTH)
    return Face(left, top, right - left, bottom - top, confidence, eyes, yaw, np.vstack([corners, nose]))


def _rgb(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[:, :, ::-1])
