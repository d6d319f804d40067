"""A list of pairs from the folder that FAIRWATCH_TEST_FACES names: `python -m tests.support.face_pairs FOLDER OUT`.

Twenty people of the Database of Faces, six talkers of the GRID corpus and two who make faces: ten pictures of each,
everybody compared with everybody. The groups are the sources; of the people's origin, age or sex the sources say
nothing, so nothing can be said here about these either.
"""

import csv
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import av
import cv2
import numpy as np

from recognition.engines import Pixels

PICTURES = 10  # of each person


def people(folder: Path) -> Iterator[tuple[str, str, list[Pixels]]]:
    """Group, name and pictures; of a film, moments from all over it."""
    for person in sorted((folder / "orl").iterdir(), key=lambda path: int(path.name[1:])):
        files = sorted(person.iterdir(), key=lambda file: int(file.stem))[:PICTURES]
        yield "orl", person.name, [np.asarray(cv2.imread(str(file)), np.uint8) for file in files]
    for group, pattern in (("grid", "grid_*.mpg"), ("gestures", "lp_*.mp4")):
        for clip in sorted((folder / "video").glob(pattern)):
            with av.open(str(clip)) as container:
                frames = [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]
            yield group, clip.stem, frames[:: len(frames) // PICTURES][:PICTURES]


def write(folder: Path, out: Path) -> Path:
    """The pictures as PNG and PAIRS.csv beside them; pairs across two sources are in no group."""
    out.mkdir(parents=True, exist_ok=True)
    named: list[tuple[str, str, str]] = []
    for group, person, pictures in people(folder):
        for number, pixels in enumerate(pictures):
            cv2.imwrite(str(out / f"{person}-{number}.png"), pixels)
            named.append((group, person, f"{person}-{number}.png"))
    listed = out / "PAIRS.csv"
    with listed.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path_a", "path_b", "same", "group"])
        for (group, person, picture), (other_group, other, other_picture) in combinations(named, 2):
            both = group if group == other_group else ""
            rows.writerow([picture, other_picture, int(person == other), both])
    return listed


if __name__ == "__main__":
    sys.stdout.write(f"{write(Path(sys.argv[1]), Path(sys.argv[2]))}\n")
