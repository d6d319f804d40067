"""Inputs made from others by small changes: for the tests, and for machines without atheris."""

import random
import traceback
from collections.abc import Callable, Sequence
from hashlib import sha1
from pathlib import Path

from tests.fuzz.targets import Target

TELLING = [b"\x00", b"\xff", b"\x7f", b"\x80", b"\xff\xff", b"\xff\xff\xff\xff", b"\x80\x00\x00\x00", b"-1", b"\r\n"]


def mutated(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """One of `seeds`, changed in a few places, or joined with another."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 6)):
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.choice((0, 1, 1, 2, 4, 8, 32)))
        match chance.randrange(6):
            case 0:
                data[start:end] = chance.choice(TELLING)
            case 1:
                data[start:end] = chance.randbytes(chance.randint(0, 8))
            case 2:
                del data[start:end]
            case 3:
                data[start:start] = data[start:end] * chance.choice((1, 2, 50))
            case 4 if start < len(data):
                data[start] ^= 1 << chance.randrange(8)
            case _:
                other = chance.choice(seeds)
                data[start:] = other[chance.randint(0, len(other)) :]
    return bytes(data)


def hunt(target: Target, broken: Path, until: float, clock: Callable[[], float]) -> int:
    """Mutate until the time is over, or something breaks: its input is then in `broken`, and the answer 1."""
    seeds = [path.read_bytes() for path in sorted(broken.iterdir())]
    chance = random.Random()
    runs = 0
    while clock() < until:
        data = mutated(seeds, chance)[: target.longest]
        runs += 1
        try:
            target.run(data)
        except Exception:
            path = broken / f"crash-{sha1(data).hexdigest()}"
            path.write_bytes(data)
            print(f"{traceback.format_exc()}\nrun {runs}: {path}")  # noqa: T201
            return 1
    print(f"{runs} runs, nothing broke")  # noqa: T201
    return 0
