"""What a face engine is: faces found in pixels, and a vector to compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recognition.verdict import Thresholds

Pixels: TypeAlias = NDArray[np.uint8]  # height × width × 3, BGR
Points: TypeAlias = NDArray[np.float64]  # (x, y) in the picture's pixels, one or many
Vector: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Which engine, which weights, and what its scores mean; written into every record beside a verdict."""

    name: str
    model_sha256: str
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Limits:
    """What this engine's detector must have found before its face is compared."""

    confidence: float
    height_px: float  # of the detector's own box, in a picture scaled to 640×480


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face in a picture; box and points in its pixels."""

    left: float
    top: float
    width: float
    height: float
    confidence: float
    eyes: Points  # the two centres, from left to right in an upright picture
    yaw_deg: float  # 0 is straight into the camera
    landmarks: Points  # as this engine wants them back


class Engine(Protocol):
    """Lives in the worker process only."""

    limits: Limits

    def faces(self, pixels: Pixels) -> Sequence[Face]:
        """Every face found, the doubtful ones too; in no order."""

    def flag(self, pixels: Pixels, face: Face) -> float | None:
        """How sure a face mesh is that this is a whole face, as a logit; None when there is no mesh to ask."""

    def vector(self, pixels: Pixels, face: Face) -> Vector:
        """Where the face lies in the engine's space."""


class EngineFailed(Exception):
    """The engine cannot be loaded: a file or a module is missing or is not the pinned one."""


def score(a: Vector, b: Vector, thresholds: Thresholds) -> float:
    """How close two vectors of one engine are: their cosine where higher is closer, else their distance."""
    if thresholds.higher_is_closer:
        return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    return float(np.linalg.norm(a - b))
