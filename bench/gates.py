"""What each gate before a comparison brings: `python -m bench.gates FOLDER` reads clips of one person each.

Frames are spoilt in ways that happen, and a cover that is drawn. A frame that passes and whose cosine to its own person
is below SFace's threshold is a false non-match.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from recognition import models
from recognition.engines import Engine, Face, Pixels, Vector, score
from recognition.gates import LEAST_FLAG, examine
from recognition.sface import SFace
from recognition.verdict import SFACE
from recognition.worker import load

FRAMES = 16  # of each clip
TO_ENROL = 3
WIDTH, HEIGHT = 640, 480


@dataclass(frozen=True, slots=True)
class Seen:
    """One spoilt frame: whether it passes without the mesh, the mesh's flag, its cosine to its own person."""

    passed: bool
    flag: float
    own: float
    nearest_other: float


def frames(clip: Path) -> list[Pixels]:
    """Some from all over the clip."""
    with av.open(str(clip)) as container:
        every = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    return [_array(cv2.resize(frame, (WIDTH, HEIGHT))) for frame in every[:: max(1, len(every) // FRAMES)]]


def smaller(width: int) -> Callable[[Pixels], Pixels]:
    return lambda p: _array(cv2.resize(cv2.resize(p, (width, width * HEIGHT // WIDTH)), (WIDTH, HEIGHT)))


def darker(light: float, noise: float = 0) -> Callable[[Pixels], Pixels]:
    def spoil(pixels: Pixels) -> Pixels:
        grain = np.random.default_rng(1).normal(0, noise, pixels.shape) if noise else 0
        return _array(np.clip(pixels * light + grain, 0, 255))

    return spoil


def blurred(sigma: float) -> Callable[[Pixels], Pixels]:
    return lambda p: _array(cv2.GaussianBlur(p, (0, 0), sigma))


def compressed(pixels: Pixels) -> Pixels:
    return _array(cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 8])[1], cv2.IMREAD_COLOR))


def covered(engine: Engine, share: float) -> Callable[[Pixels], Pixels]:
    """Skin-coloured from below, as by a hand or a mask."""

    def spoil(pixels: Pixels) -> Pixels:
        face = max(engine.faces(pixels), key=lambda one: one.height)
        drawn = pixels.copy()
        top = int(face.top + face.height * (1 - share))
        drawn[top:, max(0, int(face.left - 0.1 * face.width)) : int(face.left + 1.1 * face.width)] = (120, 150, 200)
        return drawn

    return spoil


def people(engine: Engine, clips: list[Path]) -> Iterator[tuple[list[Pixels], Vector]]:
    for clip in clips:
        pictures = frames(clip)
        found = [(one, examine(engine, one)) for one in pictures]
        vectors = [engine.vector(one, seen.face) for one, seen in found if seen.ok and seen.face is not None]
        if len(vectors) >= TO_ENROL:
            yield pictures, np.asarray(np.mean(vectors[:: len(vectors) // TO_ENROL][:TO_ENROL], axis=0), np.float32)


def seen(engine: Engine, meshed: Engine, pixels: Pixels, own: Vector, others: list[Vector]) -> Seen | None:
    """None where no face is found: no gate is needed there."""
    examined = examine(engine, pixels)
    face: Face | None = examined.face
    if face is None:
        return None
    vector = engine.vector(pixels, face)
    nearest = max((score(one, vector, SFACE) for one in others), default=-1.0)
    return Seen(examined.ok, meshed.flag(pixels, face) or 0.0, score(own, vector, SFACE), nearest)


def _array(pixels: object) -> Pixels:
    return np.asarray(pixels).astype(np.uint8)


def main(folder: Path, weights: Path) -> None:
    cv2.setNumThreads(1)
    meshed, _ = load(SFACE.engine, weights)
    engine = SFace(models.YUNET.read(weights), models.SFACE.read(weights))
    known = list(people(engine, sorted(path for path in folder.iterdir() if path.is_file())))
    ways: Mapping[str, Callable[[Pixels], Pixels]] = {
        "clean": lambda p: p,
        "320x240": smaller(320),
        "160x120": smaller(160),
        "a quarter of the light": darker(0.25),
        "grainy in the dark": darker(0.3, noise=15),
        "blur 5": blurred(5),
        "blur 7": blurred(7),
        "compressed": compressed,
        "a third covered": covered(engine, 0.35),
        "half covered": covered(engine, 0.55),
    }
    say = sys.stdout.write
    say(f"{len(known)} clips; passed: without the mesh → with its flag ≥ {LEAST_FLAG}; wrong: of those, below .42\n")
    for name, way in ways.items():
        rows = [
            seen(engine, meshed, way(one), own, [other for _, other in known if other is not own])
            for pictures, own in known
            for one in pictures
        ]
        before = [row for row in rows if row is not None and row.passed]
        after = [row for row in before if row.flag >= LEAST_FLAG]
        wrong = [sum(row.own < SFACE.match for row in some) for some in (before, after)]
        false = [sum(row.nearest_other >= SFACE.match for row in some) for some in (before, after)]
        say(
            f"{name:24} {len(rows):4} frames  passed {len(before):4} → {len(after):4}  "
            f"wrong {wrong[0]:2} → {wrong[1]:2}  somebody else's {false[0]} → {false[1]}\n"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "data/models"))
