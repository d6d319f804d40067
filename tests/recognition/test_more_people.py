"""Both engines on people we may not ship: who is taken for whom, by the settled rule. Counts are printed."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from recognition.engines import Engine, Pixels, Vector, score
from recognition.enrolment import FEWEST_PICTURES, at_odds, template_of
from recognition.gates import examine, vector_of
from recognition.verdict import WINDOW, Thresholds, Verdict, judge

pytestmark = pytest.mark.rim

STILLS = FEWEST_PICTURES + WINDOW  # of each person: some to enrol, then one window


def people(folder: Path) -> Iterator[tuple[str, list[Pixels]]]:
    """ORL's portraits of twenty people, spread over its sessions, and moments of the GRID corpus' six talkers."""
    for person in sorted((folder / "orl").iterdir()):
        files = sorted(person.iterdir(), key=lambda file: int(file.stem))[:: 10 // STILLS][:STILLS]
        yield person.name, [np.asarray(cv2.imread(str(file)), np.uint8) for file in files]
    for clip in sorted((folder / "video").glob("grid_*.mpg")):
        with av.open(str(clip)) as container:
            frames = [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]
        yield clip.stem, frames[:: len(frames) // STILLS][:STILLS]


@pytest.mark.parametrize(("name", "how_many"), [("sface", 26), ("dlib", 12)])
def test_nobody_is_taken_for_somebody_else(
    test_faces: Path,
    load_engine: Callable[[str], tuple[Engine, Thresholds]],
    capsys: pytest.CaptureFixture[str],
    name: str,
    how_many: int,
) -> None:
    engine, thresholds = load_engine(name)
    everybody = list(people(test_faces))
    chosen = everybody[-6:] + everybody[: how_many - 6]  # dlib is slow: the talkers and some of the portraits
    vectors: dict[str, list[Vector]] = {}
    for person, pictures in chosen:
        found = [vector_of(engine, pixels, examine(engine, pixels)) for pixels in pictures]
        vectors[person] = [vector for vector in found if vector is not None]

    enrolled = {
        person: template_of(theirs[:FEWEST_PICTURES])
        for person, theirs in vectors.items()
        if len(theirs) == STILLS and not at_odds(dict(enumerate(theirs[:FEWEST_PICTURES])), thresholds)
    }
    single: Counter[tuple[str, str]] = Counter()
    windows: Counter[tuple[str, str]] = Counter()
    for person, template in enrolled.items():
        for other in enrolled:
            who = "same" if person == other else "other"
            scores = [score(template, vector, thresholds) for vector in vectors[other][FEWEST_PICTURES:]]
            single.update((who, thresholds.verdict(one).value) for one in scores)
            windows[who, judge(scores, thresholds).value] += 1
    with capsys.disabled():
        print(f"\n{name}: {len(enrolled)} of {len(chosen)} people enrolled")  # noqa: T201
        print(f"  stills:  {dict(single)}\n  windows: {dict(windows)}")  # noqa: T201
    assert len(enrolled) >= len(chosen) * 3 // 4
    assert windows["other", Verdict.MATCH.value] == 0
    assert windows["same", Verdict.NO_MATCH.value] == 0
