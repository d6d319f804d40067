"""`./run fuzz TARGET SECONDS`: look for inputs that break a parser, with atheris, or without it by blind mutation.

What breaks one is written into its corpus, which every run of the tests reads again.
"""

import importlib.util
import sys
import time
from contextlib import ExitStack
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
FOUND = Path(".fuzz")  # inputs that reached something new: worth keeping between runs, not under version control
ROOMS = ["media", "signaling", "cases", "accounts", "storage", "checkins", "aioice"]


def main(name: str = "", seconds: str = "60") -> int:
    names = sorted(path.name for path in CORPUS.iterdir())
    if name not in names or not seconds.isdecimal():
        print("./run fuzz TARGET [SECONDS]; targets: " + ", ".join(names), file=sys.stderr)  # noqa: T201
        return 2
    atheris = importlib.import_module("atheris") if importlib.util.find_spec("atheris") else None
    with ExitStack() as instrumented:
        if atheris is not None:
            instrumented.enter_context(atheris.instrument_imports(include=ROOMS))
        from tests.fuzz.targets import TARGETS
    target, broken = TARGETS[name], CORPUS / name
    if atheris is None:
        from tests.fuzz.mutation import hunt

        print("atheris is not installed: mutating without looking at coverage", file=sys.stderr)  # noqa: T201
        return hunt(target, broken, time.monotonic() + int(seconds), time.monotonic)
    found = FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-max_len={target.longest}", "-timeout=10", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={broken}/", str(found), str(broken)], target.run)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
