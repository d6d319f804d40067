"""What one picture of a stream shows of a person: all that challenges and the watch over a stream look at."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engines import Engine, Face, Pixels
from recognition.gates import counting
from recognition.mesh import FaceMesh, Mesh

THUMB_WIDTH, THUMB_HEIGHT = 64, 48
SKIN = (50, 280, 151)  # of the mesh: both cheeks and the forehead, where hair, lips and beards seldom are
SKIN_SIDE = 0.3  # of the distance between the eyes
BESIDE = 0.25  # of the box: what is nearer to a face than that is neck, hair and shoulders

Thumb = NDArray[np.uint8]  # THUMB_HEIGHT × THUMB_WIDTH × 3, BGR
Light = tuple[float, float, float]  # mean blue, green and red, 0–255


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One picture, small enough to keep a quarter of a minute of them."""

    at_s: float  # the server's clock
    faces: int
    thumb: Thumb
    mesh: Mesh | None = None  # of the largest face
    box: tuple[float, float, float, float] = (0, 0, 0, 0)  # left, top, right, bottom of it, as shares of the picture
    skin: Light = (0, 0, 0)
    around: Light = (0, 0, 0)  # of what is beside the face

    @property
    def whole(self) -> bool:
        """Whether all of the face is in the picture: a photograph's head is cut off when it is waved about."""
        left, top, right, bottom = self.box
        return self.mesh is not None and min(left, top) > 0 and max(right, bottom) < 1


def moment_of(engine: Engine, mesh: FaceMesh, pixels: Pixels, at_s: float) -> Moment:
    """One picture of a stream."""
    thumb = np.asarray(cv2.resize(pixels, (THUMB_WIDTH, THUMB_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
    counted = counting(engine.faces(pixels), engine.limits)
    if not counted:
        return Moment(at_s, 0, thumb)
    face = counted[0]
    found = mesh.of(pixels, face)
    box = box_of(face, pixels.shape[1], pixels.shape[0])
    return Moment(at_s, len(counted), thumb, found, box, skin_of(pixels, found), around(thumb, box))


def box_of(face: Face, width: int, height: int) -> tuple[float, float, float, float]:
    right, bottom = face.left + face.width, face.top + face.height
    return face.left / width, face.top / height, right / width, bottom / height


def skin_of(pixels: Pixels, mesh: Mesh) -> Light:
    """The light of three patches of skin."""
    half = max(1, round(SKIN_SIDE * mesh.eyes_apart_px / 2))
    patches = []
    for x, y in mesh.points[list(SKIN), :2].round().astype(int):
        patch = pixels[max(0, y - half) : max(0, y + half), max(0, x - half) : max(0, x + half)]
        if patch.size:
            patches.append(patch.mean(axis=(0, 1)))
    return light_of(np.array(patches)) if patches else (0.0, 0.0, 0.0)


def around(thumb: Thumb, box: tuple[float, float, float, float]) -> Light:
    """The light beside the face: what is below it is its own body, lit by the same screen."""
    left, _, right, _ = box
    margin = BESIDE * (right - left)
    columns = (np.arange(THUMB_WIDTH) + 0.5) / THUMB_WIDTH
    beside = thumb[: THUMB_HEIGHT // 2, (columns < left - margin) | (columns > right + margin)]
    return light_of(beside.reshape(-1, 3)) if beside.size else (0.0, 0.0, 0.0)


def light_of(values: NDArray[np.generic]) -> Light:
    blue, green, red = (float(one) for one in values.mean(axis=0))
    return blue, green, red
