"""A picture of a face made to move, lit, held up and filmed: what honest people and attackers are drawn with.

All of it is synthetic. It shows which attacks the rules let through, not how often a camera would.
"""

from dataclasses import dataclass, field
from random import Random
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engines import Pixels, Points
from recognition.mesh import CHIN, FOREHEAD, Mesh

WIDTH, HEIGHT = 400, 300
UPPER_LIDS = ((159, 158, 160, 161, 157, 173, 246), (386, 385, 387, 388, 384, 398, 466))
LOWER_LIDS = ((145, 153, 144, 163, 154, 155, 7), (374, 380, 373, 390, 381, 382, 249))
INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
JAW = (14, 17, 84, 314, 18, 200, 199, 175, 152, 148, 377, 176, 400, 317, 402, 87, 178, 83, 313, 201, 421, 208, 428)
SCREEN = {"red": (0, 0, 1), "green": (0, 1, 0), "blue": (1, 0, 0), "white": (1, 1, 1)}  # blue, green, red
GAMMA = 2.2
LINEAR = (np.arange(256) / 255.0) ** GAMMA


@dataclass(frozen=True, slots=True)
class Pose:
    """How a puppet is bent, from how its picture was: degrees, shares and times."""

    yaw: float = 0
    pitch: float = 0
    lids: float = 0  # 1 is closed
    mouth: float = 0  # 1 is wide open
    zoom: float = 1
    hand: float | None = None  # how far it is past the face, 0 to 1


@dataclass(slots=True)
class Life:
    """What somebody does unasked: sways, blinks, moves the lips; never twice alike."""

    chance: Random
    waves: list[tuple[float, float]] = field(init=False)
    blinks: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.waves = [(self.chance.uniform(0.3, 2.5), self.chance.uniform(0, 6.3)) for _ in range(6)]
        self.blinks = [n * 3.5 + self.chance.uniform(0, 3) for n in range(6)]

    def at(self, at_s: float) -> Pose:
        sway = [float(np.sin(speed * at_s + phase)) for speed, phase in self.waves]
        closed = any(0 <= at_s - blink < 0.25 for blink in self.blinks)
        talks = max(0.0, sway[4]) * 0.15 * abs(sway[5])
        return Pose(2 * sway[0] + 1.5 * sway[1], 1.5 * sway[2] + sway[3], float(closed), talks)


class Puppet:
    """One picture, its mesh, and triangles between the points."""

    def __init__(self, pixels: Pixels, mesh: Mesh) -> None:
        self.pixels, self.points = pixels, mesh.points
        self.face = _head(mesh.points)
        rim = [(x, y) for x in np.linspace(0, WIDTH - 1, 7) for y in np.linspace(0, HEIGHT - 1, 6)]
        left, top, right, bottom = self.face
        self._rim = np.array([(x, y) for x, y in rim if not (left < x < right and top < y < bottom)])
        self._triangles = _triangles(np.vstack([self.points[:, :2], self._rim]))
        self.face_triangles = _triangles(self.points[:, :2])

    def posed(self, pose: Pose) -> tuple[Pixels, Points]:
        """The picture so bent, and where its points are then."""
        points = _bent(self.points, pose)
        source = np.vstack([self.points[:, :2], self._rim])
        target = np.vstack([points[:, :2], self._rim])
        drawn = warped(self.pixels, source, target, self._triangles, points[:, 2])
        if pose.mouth > 0.1:
            cv2.fillPoly(drawn, [points[list(INNER_LIPS), :2].round().astype(np.int32)], (40, 30, 60))
        if pose.zoom != 1:
            middle = (float(points[:, 0].mean()), float(points[:, 1].mean()))
            nearer = cv2.getRotationMatrix2D(middle, 0, pose.zoom)
            drawn = _pixels(cv2.warpAffine(drawn, nearer, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE))
        return (with_hand(drawn, self.face, pose.hand) if pose.hand is not None else drawn), points


def warped(pixels: Pixels, source: Points, target: Points, triangles: NDArray[np.int64], depth: Points) -> Pixels:
    """Each triangle of the source where the target has it, the farthest first; elsewhere as it was."""
    owner = np.full((HEIGHT, WIDTH), -1, np.int32)
    near = np.append(depth, np.full(len(source) - len(depth), 1e3))
    order = np.argsort(-near[triangles].mean(axis=1))
    corners = target[triangles].round().astype(np.int32)
    for one in order:
        cv2.fillConvexPoly(owner, corners[one], int(one))
    ones = np.ones((len(triangles), 3, 1))
    square = np.concatenate([target[triangles], ones], axis=2) + np.eye(3) * 1e-6
    back = np.linalg.solve(square, source[triangles])  # n × 3 × 2
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    inside = owner >= 0
    affine = back[owner[inside]]
    places = np.stack([xs[inside], ys[inside], np.ones(inside.sum())], axis=1)
    there = np.einsum("ni,nij->nj", places, affine)
    xs[inside], ys[inside] = there[:, 0], there[:, 1]
    return _pixels(cv2.remap(pixels, xs.astype(np.float32), ys.astype(np.float32), cv2.INTER_LINEAR))


def with_hand(pixels: Pixels, face: tuple[float, float, float, float], progress: float) -> Pixels:
    """Four fingers and a palm, from one side of the face to the other."""
    left, top, right, bottom = face
    width, height = right - left, bottom - top
    x = left - width + progress * 2.6 * width
    drawn = pixels.copy()
    for finger in range(4):
        y = top + height * (0.25 + 0.17 * finger)
        cv2.ellipse(drawn, ((x, y), (width * 0.8, height * 0.15), 0), (95, 125, 185), -1)
    cv2.ellipse(drawn, ((x + width * 0.35, top + height * 0.55), (width * 0.7, height * 0.7), 0), (100, 130, 190), -1)
    return drawn


def lit(
    pixels: Pixels, face: tuple[float, float, float, float], colour: str | None, strength: float
) -> NDArray[np.float64]:
    """Linear light, with so much of the room's added by a screen: all of it on the face, less of it behind."""
    linear = LINEAR[pixels]
    if colour is None or strength == 0:
        return np.asarray(linear, np.float64)
    left, top, right, bottom = face
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH]
    radius = ((xs - (left + right) / 2) / (0.62 * (right - left))) ** 2
    radius = radius + ((ys - (top + bottom) / 2) / (0.62 * (bottom - top))) ** 2
    near = 0.08 + 0.92 * np.exp(-(radius**2))
    near = np.maximum(near, 0.6 * ((ys > bottom) & (np.abs(xs - (left + right) / 2) < 1.1 * (right - left))))
    return np.asarray(linear * (1 + strength * near[..., None] * np.array(SCREEN[colour])), np.float64)


class Camera:
    """White balance and exposure that follow within a second, grain, and compression."""

    def __init__(self, seed: int, first: Pixels, fps: float) -> None:
        self._grain = np.random.default_rng(seed).normal(0, 2.5, (HEIGHT * 2, WIDTH, 3))
        self._usual = LINEAR[first].mean(axis=(0, 1))
        self._gain = np.ones(3)
        self._speed = 1 - np.exp(-1 / fps / 0.8)
        self._number = 0

    def film(self, light: NDArray[np.float64]) -> Pixels:
        mean = light.mean(axis=(0, 1))
        self._gain += (self._usual / mean - self._gain) * self._speed
        self._number += 1
        at = self._number * 37 % HEIGHT
        grey = 255 * np.clip(light * self._gain, 0, 1) ** (1 / GAMMA) + self._grain[at : at + HEIGHT]
        packed = cv2.imencode(".jpg", np.clip(grey, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 65])[1]
        return _pixels(cv2.imdecode(packed, cv2.IMREAD_COLOR))


def on_paper(pixels: Pixels, at_s: float, phase: float) -> Pixels:
    """A print that is waved about before a wall."""
    return _held(pixels, at_s, phase, tilt=9, shift=14, border=(200, 205, 210))


def on_screen(pixels: Pixels, at_s: float, phase: float) -> Pixels:
    """A phone that is held up: its edge, its lines against the camera's, a little brighter than the room."""
    held = _held(pixels, at_s, phase, tilt=2.5, shift=4, border=(25, 25, 25))
    lines = 1 + 0.06 * np.sin(np.arange(WIDTH) * 1.9 + at_s)[None, :, None]
    lines = lines * (1 + 0.05 * np.sin(np.arange(HEIGHT) * 1.3 - 2 * at_s)[:, None, None])
    return np.asarray(np.clip(held * lines * 1.08, 0, 255), np.uint8)


def _held(pixels: Pixels, at_s: float, phase: float, tilt: float, shift: float, border: tuple[int, int, int]) -> Pixels:
    way = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), tilt * np.sin(1.1 * at_s + phase), 0.86)
    way[:, 2] += (shift * np.sin(0.9 * at_s + phase), shift * np.sin(1.7 * at_s))
    squeeze = 1 - 0.15 * np.sin(tilt / 9 * np.sin(0.7 * at_s + phase)) ** 2  # paper that is turned sideways
    way[0] *= squeeze
    way[0, 2] += WIDTH * (1 - squeeze) / 2
    return _pixels(cv2.warpAffine(pixels, way, (WIDTH, HEIGHT), borderValue=border))


def _bent(points: Points, pose: Pose) -> Points:
    middle = points.mean(axis=0) + (0, 0, 0.3 * np.ptp(points[:, 0]))  # heads turn about their necks
    yaw, pitch = np.radians(-pose.yaw), np.radians(pose.pitch)
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    bent = points.copy()
    for upper, lower in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        bent[list(upper)] += 0.9 * pose.lids * (points[list(lower)] - points[list(upper)])
    down = (points[CHIN] - points[FOREHEAD]) * 0.16 * pose.mouth
    bent[list(JAW)] += down
    return np.asarray((bent - middle) @ (about_y @ about_x).T + middle, np.float64)


def _head(points: Points) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _triangles(points: Points) -> NDArray[np.int64]:
    """Delaunay's, as indexes."""
    space = cv2.Subdiv2D((-2, -2, WIDTH + 4, HEIGHT + 4))
    for x, y in points:
        if -1 < x < WIDTH + 1 and -1 < y < HEIGHT + 1:
            space.insert((float(x), float(y)))
    corners = np.asarray(space.getTriangleList(), np.float64).reshape(-1, 3, 2)
    x, y = corners[..., 0], corners[..., 1]
    inside = np.all((x >= -1.5) & (x <= WIDTH + 1.5) & (y >= -1.5) & (y <= HEIGHT + 1.5), axis=1)
    flat = corners[inside].reshape(-1, 2)
    nearest = np.array([int(((points - one) ** 2).sum(axis=1).argmin()) for one in flat])
    return nearest.reshape(-1, 3)


def _pixels(picture: object) -> Pixels:
    return cast("Pixels", np.asarray(picture, np.uint8))
