"""The real worker around an engine that does what the picture's first pixel says: for the verifier's tests.

Started by them as the worker, with a folder as its argument: it notes there what it did.
"""

import os
import resource
import signal
import sys
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

import numpy as np

from recognition import worker
from recognition.engines import EngineFailed, Face, Limits, Pixels, Vector
from recognition.verdict import SFACE, Thresholds


class Act(IntEnum):
    """The first pixel's value."""

    SEE = 0  # one face, past every gate
    CRASH = 1
    HANG = 2
    RAISE = 3
    CHATTER = 4  # print, as libraries do
    WAIT = 5  # until the test writes into the pipe `go`
    CRASH_ONCE = 6  # and see, when a new process is asked again
    HOARD = 7  # more memory than there is


class Load(IntEnum):
    """What happens before the first picture, as the command's second argument."""

    WELL = 0
    FAILS = 1
    HANGS = 2
    IMPATIENT = 3  # well, and a hanging job ends the process by itself after a second


class Scripted:
    """Sees one face in the middle of everything."""

    limits = Limits(0.8, 1)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def faces(self, pixels: Pixels) -> Sequence[Face]:
        note(self._folder, f"picture {pixels[0, 0, 1]}")
        match Act(int(pixels[0, 0, 0])):
            case Act.CRASH:
                os.kill(os.getpid(), signal.SIGKILL)
            case Act.HANG:
                signal.pause()
            case Act.RAISE:
                raise ValueError("an engine's own trouble")
            case Act.CHATTER:
                print("please install something", flush=True)  # noqa: T201
            case Act.WAIT:
                (self._folder / "go").read_bytes()
            case Act.CRASH_ONCE:
                if not (self._folder / "crashed").exists():
                    (self._folder / "crashed").touch()
                    os.kill(os.getpid(), signal.SIGKILL)
            case Act.HOARD:
                resource.setrlimit(resource.RLIMIT_DATA, (1 << 28, 1 << 28))
                bytearray(1 << 30)
            case Act.SEE:
                pass
        eyes = np.array([[24.0, 30.0], [40.0, 30.0]])
        return [Face(16, 16, 32, 32, 0.9, eyes, 0.0, eyes)]

    def flag(self, pixels: Pixels, face: Face) -> float | None:
        return None

    def vector(self, pixels: Pixels, face: Face) -> Vector:
        one = np.ones(4, np.float32)
        one[:2] += (-0.3, 0.3) if pixels[0, 0, 1] % 2 else (0.3, -0.3) if pixels[0, 0, 1] else (0.0, 0.0)
        return one


def note(folder: Path, line: str) -> None:
    with (folder / "notes").open("a") as notes:
        notes.write(line + "\n")


def main(folder: Path, how: Load) -> None:
    jobs, answers = worker.own_pipes()
    note(folder, "started")
    note(folder, f"process {os.getpid()}")
    note(folder, "told a secret" if "FAIRWATCH_DATABASE" in os.environ else "told nothing")
    if how is Load.HANGS:
        signal.pause()
    if how is Load.IMPATIENT:
        worker.LONGEST_JOB_S = 1

    def loaded() -> tuple[Scripted, Thresholds]:
        if how is Load.FAILS:
            raise EngineFailed("no model")
        return Scripted(folder), SFACE

    worker.run(loaded, jobs, answers)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Load(int(sys.argv[2])))
