"""Attacks on a check-in, each scored by itself: `python -m bench.attacks FOLDER [RUNS [colours]]`.

With `colours` one of the two challenges is always the screen's colours; without, both are drawn of all kinds.
FOLDER has pictures or clips of different people, one each. Everything is drawn from them (`bench/puppet.py`,
`bench/attackers.py`): the table says which rule stops which attack, and what none of them stops. It certifies nothing
about cameras, phones or people.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import av
import cv2
import numpy as np

from bench.attackers import CHALLENGES, LIMIT_S, SPECIES, Run, Show, asked, earlier, honest, video_on_screen
from bench.puppet import HEIGHT, LINEAR, WIDTH, Camera, Puppet
from recognition import models
from recognition.challenges import Asked, Kind, Trial
from recognition.continuity import changed_at
from recognition.engines import Engine, Vector
from recognition.mesh import FaceMesh
from recognition.moments import Moment, moment_of
from recognition.replays import Traces, seen_again, signature
from recognition.stillness import oddities
from recognition.verdict import SFACE
from recognition.worker import load

FPS = 10
LOOK_EVERY = 10  # pictures, for who it is


@dataclass(frozen=True, slots=True)
class Eyes:
    """What looks at a stream."""

    engine: Engine
    mesh: FaceMesh

    def watch(self, show: Show, lasts_s: float, seed: int) -> tuple[list[Moment], list[tuple[float, Vector]]]:
        camera = Camera(seed, show(0), FPS)
        moments: list[Moment] = []
        vectors: list[tuple[float, Vector]] = []
        for number in range(round(lasts_s * FPS)):
            at_s = number / FPS
            pixels = camera.film(LINEAR[show(at_s)])
            moments.append(moment_of(self.engine, self.mesh, pixels, at_s))
            if number % LOOK_EVERY == 0 and (faces := self.engine.faces(pixels)):
                vectors.append((at_s, self.engine.vector(pixels, max(faces, key=lambda face: face.height))))
        return moments, vectors


def stopped_by(run: Run, moments: list[Moment], vectors: list[tuple[float, Vector]], before: Traces | None) -> set[str]:
    """The rules that keep this try from passing without a person."""
    stops: set[str] = set()
    for asking in run.askings:
        seen = [one for one in moments if asking.at_s - 1.0 <= one.at_s]
        trial = Trial(asking.challenge).shown(asking.at_s).looked_at(seen, asking.at_s + LIMIT_S + 0.1)
        if trial.state is not Asked.MET:
            stops.add("colours" if asking.challenge.kind is Kind.COLOURS else "gesture")
    if oddities([(one.at_s, one.thumb) for one in moments]):
        stops.add("stillness")
    if before is not None and seen_again(signature(moments), before) is not None:
        stops.add("replay")
    if changed_at(vectors, SFACE) is not None:
        stops.add("another face")
    return stops


def tried(
    eyes: Eyes, species: str, people: Sequence[Puppet], seed: int, *, colours: bool
) -> tuple[set[str], list[Kind]]:
    """One run of one species."""
    chance = Random(f"{species} {seed}")
    person, other = chance.sample(list(people), 2)
    run = Run(asked(chance, colours=colours), person, other, chance)
    before = None
    if species in ("recorded video on a screen", "same clip in a virtual camera"):
        # What the attacker has is an earlier check-in, which we have too.
        old = earlier(run)
        filmed = honest(old)
        moments, _ = eyes.watch(filmed, old.lasts_s, seed)
        before = signature(moments)
        show = video_on_screen(run, filmed) if "screen" in species else filmed
    else:
        show = SPECIES[species](run)
    moments, vectors = eyes.watch(show, run.lasts_s, seed + 1)
    return stopped_by(run, moments, vectors, before), [one.challenge.kind for one in run.askings]


def people_of(eyes: Eyes, folder: Path) -> list[Puppet]:
    found = []
    for path in sorted(one for one in folder.iterdir() if one.is_file()):
        with av.open(str(path)) as container:
            picture = next(container.decode(video=0)).to_ndarray(format="bgr24")
        pixels = np.asarray(cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
        if faces := eyes.engine.faces(pixels):
            found.append(Puppet(pixels, eyes.mesh.of(pixels, max(faces, key=lambda face: face.height))))
    return found


def main(folder: Path, runs: int, weights: Path, *, colours: bool) -> None:
    cv2.setNumThreads(1)
    engine, _ = load(SFACE.engine, weights)
    eyes = Eyes(engine, FaceMesh(models.MESH.read(weights)))
    people = people_of(eyes, folder)
    mix = f"{CHALLENGES} challenges a run{', one of them colours' * colours}"
    sys.stdout.write(f"synthetic, {len(people)} people, {mix}; n = {runs} each\n")
    for species in SPECIES:
        results = [tried(eyes, species, people, seed, colours=colours) for seed in range(runs)]
        passed = sum(not stops for stops, _ in results)
        rules = Counter(rule for stops, _ in results for rule in stops)
        through = Counter(kind.value for stops, kinds in results if not stops for kind in kinds)
        bound = f"≤ {min(1, 3 / runs):.0%}" if passed == 0 else ""
        sys.stdout.write(f"{species:32} passed {passed:2} of {runs} {bound:7} stopped by {dict(rules)}")
        sys.stdout.write(f"  passed with {dict(through)}\n" if passed and species != "honest" else "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    given = sys.argv[2:]
    main(Path(sys.argv[1]), int(given[0]) if given else 20, Path("data/models"), colours="colours" in given)
