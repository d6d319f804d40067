"""The face mesh: 468 points of one face, and what they say about its pose, its eyes and its mouth."""

import math
from dataclasses import dataclass
from tempfile import NamedTemporaryFile

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engines import EngineFailed, Face, Pixels, Points

SIDE_PX = 192  # of the square that the network wants
AROUND = 1.4  # of the detector's box: of 1, 1.15, 1.3, 1.5 and 1.7 the flag is highest at 1.3 and 1.5 on every clip
POINTS_OUT, FLAG_OUT = "conv2d_21", "conv2d_31"

# MediaPipe's numbering. "Left" and "right" are those of an upright picture, as everywhere in this room.
LEFT_CORNER, RIGHT_CORNER, FOREHEAD, CHIN = 33, 263, 10, 152
# Corner, two on the upper lid, corner, two on the lower lid below them.
EYES = ((33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380))
LIPS_ABOVE, LIPS_BELOW, LIPS_LEFT, LIPS_RIGHT = 13, 14, 78, 308  # the inner rim
IRIS_SPAN = ((33, 133), (362, 263))  # the corners of each eye; its middle is their middle


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """One face in one picture."""

    points: Points  # 468 × 3: x and y in the picture's pixels, z in pixels too, smaller is nearer
    flag: float  # the network's logit that this is a face: some 30 for a good one, below 0 for a wall
    yaw_deg: float  # above 0 the face looks to the picture's right, which is the person's own left
    pitch_deg: float  # above 0 it looks up; 0 is where forehead and chin are equally far
    roll_deg: float  # above 0 the head leans to the picture's right
    eye_aspect: float  # height of the eyes over their width, the mean of both: .2–.4 open, half of that closed
    mouth_aspect: float  # height of the opening between the lips over its width: 0 closed, 1 wide open
    eyes_apart_px: float  # between the middles of the eyes, as if the face looked straight ahead


class FaceMesh:
    """MediaPipe's face_landmark on OpenCV: 3–4 ms a face."""

    def __init__(self, weights: bytes) -> None:
        # Only the classic engine gives both outputs, and OpenCV 5 lets us choose it for a file alone, not for bytes.
        # The file is our own, so what was hashed is what runs.
        with NamedTemporaryFile(suffix=".tflite") as file:
            file.write(weights)
            file.flush()
            try:
                self._network = cv2.dnn.readNetFromTFLite(file.name, cv2.dnn.ENGINE_CLASSIC)
            except cv2.error as error:
                raise EngineFailed("OpenCV cannot load the face mesh") from error

    def of(self, pixels: Pixels, face: Face) -> Mesh:
        """The mesh of a face that a detector has found."""
        to_picture = placed(face)
        crop = cv2.warpAffine(pixels, to_picture, (SIDE_PX, SIDE_PX), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        self._network.setInput(cv2.dnn.blobFromImage(crop, 1 / 255, swapRB=True))
        points, flag = self._network.forward([POINTS_OUT, FLAG_OUT])
        return mesh_of(
            in_picture(np.asarray(points, np.float64).reshape(-1, 3), to_picture), float(flag.reshape(-1)[0])
        )


def placed(face: Face) -> NDArray[np.float64]:
    """2 × 3, from the network's square to the picture: around the face's box, its eyes level."""
    across = face.eyes[1] - face.eyes[0]
    along = across / max(float(np.hypot(*across)), 1.0) * AROUND * max(face.width, face.height) / SIDE_PX
    turn = np.array([[along[0], -along[1]], [along[1], along[0]]])
    middle = np.array([face.left + face.width / 2, face.top + face.height / 2])
    return np.column_stack([turn, middle - turn @ np.full(2, SIDE_PX / 2)])


def in_picture(points: Points, to_picture: NDArray[np.float64]) -> Points:
    """The network's points, all three coordinates in the picture's pixels."""
    zoom = math.hypot(to_picture[0, 0], to_picture[1, 0])
    return np.column_stack([points[:, :2] @ to_picture[:, :2].T + to_picture[:, 2], points[:, 2] * zoom])


def mesh_of(points: Points, flag: float) -> Mesh:
    """What points say, which are in the picture's pixels."""
    right = points[RIGHT_CORNER] - points[LEFT_CORNER]
    down = points[CHIN] - points[FOREHEAD]
    ahead = np.cross(down, right)  # out of the face; straight into the camera is (0, 0, -1)
    middles = [(points[one] + points[other]) / 2 for one, other in IRIS_SPAN]
    return Mesh(
        points,
        flag,
        yaw_deg=math.degrees(math.atan2(ahead[0], -ahead[2])),
        pitch_deg=math.degrees(math.atan2(-ahead[1], math.hypot(ahead[0], ahead[2]))),
        roll_deg=math.degrees(math.atan2(right[1], right[0])),
        eye_aspect=sum(_eye_aspect(points[list(eye)]) for eye in EYES) / 2,
        mouth_aspect=_apart(points[LIPS_ABOVE], points[LIPS_BELOW])
        / max(_apart(points[LIPS_LEFT], points[LIPS_RIGHT]), 1e-6),
        eyes_apart_px=_apart(*middles),
    )


def _eye_aspect(eye: Points) -> float:
    lids = _apart(eye[1], eye[5]) + _apart(eye[2], eye[4])
    return lids / max(2 * _apart(eye[0], eye[3]), 1e-6)


def _apart(one: Points, other: Points) -> float:
    return float(np.linalg.norm(one - other))
