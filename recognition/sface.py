"""YuNet finds faces, SFace compares them: OpenCV's own pair, the default engine when its two files are there."""

from collections.abc import Sequence
from tempfile import NamedTemporaryFile
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engines import EngineFailed, Face, Limits, Pixels, Points, Vector
from recognition.gates import yaw_deg
from recognition.mesh import FaceMesh

DETECTION_SIDE_PX = 640
LEAST_CONFIDENCE = 0.5  # below the gate, so that a doubtful face is called doubtful and not absent
NOSE_DEPTH = 0.5  # of YuNet's nose tip; a face turned by ±22° moves it by .20 of the distance between the eyes


class SFace:
    """Cosine of 128 numbers. The models come as bytes, so what was hashed is what runs."""

    limits = Limits(confidence=0.8, height_px=90)

    def __init__(self, yunet: bytes, sface: bytes, mesh: bytes | None = None) -> None:
        """`mesh` is the face mesh's file, where there is one; it adds a gate and changes no vector."""
        none = np.empty(0, np.uint8)
        try:
            self._detector = cv2.FaceDetectorYN.create(
                "onnx", np.frombuffer(yunet, np.uint8), none, (320, 320), LEAST_CONFIDENCE
            )
            self._recognizer = _recognizer(sface)
        except cv2.error as error:
            raise EngineFailed("OpenCV cannot load YuNet or SFace") from error
        self._mesh = None if mesh is None else FaceMesh(mesh)

    def faces(self, pixels: Pixels) -> Sequence[Face]:
        height, width = pixels.shape[:2]
        shrink = min(1.0, DETECTION_SIDE_PX / max(height, width))
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if shrink < 1 else pixels
        self._detector.setInputSize(size)
        rows = cast("NDArray[np.float32] | None", self._detector.detect(small)[1])  # None, whatever the stub says
        if rows is None:
            return []
        # Its row: left, top, width, height, five (x, y) — eye, eye, nose, mouth corner, mouth corner — and a score.
        back = np.tile([width / size[0], height / size[1]], 7)
        return [_face(np.asarray(row[:14], np.float64) * back, float(row[14])) for row in rows]

    def flag(self, pixels: Pixels, face: Face) -> float | None:
        return None if self._mesh is None else self._mesh.of(pixels, face).flag

    def vector(self, pixels: Pixels, face: Face) -> Vector:
        vector = self._recognizer.feature(self._recognizer.alignCrop(pixels, _row(face)))
        return np.asarray(vector, np.float32).reshape(-1) / np.linalg.norm(vector)


def _recognizer(weights: bytes) -> cv2.FaceRecognizerSF:
    """From a file OpenCV takes 75 MB less while it loads. It is our own, so what was hashed is what runs."""
    try:
        with NamedTemporaryFile(suffix=".onnx") as file:
            file.write(weights)
            file.flush()
            return cv2.FaceRecognizerSF.create(file.name, "")
    except OSError:  # a full disk costs memory, and no faces
        return cv2.FaceRecognizerSF.create("onnx", np.frombuffer(weights, np.uint8), np.empty(0, np.uint8))


def _face(row: Points, confidence: float) -> Face:
    points = row[4:14].reshape(5, 2)
    eyes, nose, mouth = points[:2], points[2], points[3:]
    yaw = yaw_deg(eyes, mouth.mean(axis=0) - eyes.mean(axis=0), nose, NOSE_DEPTH)
    left, top, box_width, box_height = (float(side) for side in row[:4])
    return Face(left, top, box_width, box_height, confidence, eyes, yaw, points)


def _row(face: Face) -> NDArray[np.float32]:
    box = [face.left, face.top, face.width, face.height]
    return np.array([*box, *face.landmarks.reshape(-1), face.confidence], np.float32)
