"""Every target on what once broke it, on any bytes, and on its corpus with small changes: no surprise, bounded work."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.mutation import hunt, mutated
from tests.fuzz.targets import CORPUS, ROOT, TARGETS, Target, corpus, lines_executed

pytestmark = pytest.mark.rim

FILES = [(name, file) for name in TARGETS for file in corpus(name)]
LARGEST = 6000  # bytes of one file of a corpus: what is longer is no example


def check(name: str, data: bytes) -> None:
    target = TARGETS[name]
    data = data[: target.longest]
    assert lines_executed(lambda: target.run(data)) <= target.most_lines(data)


@pytest.mark.parametrize(("name", "file"), FILES)
def test_what_is_in_the_corpus_is_read_or_refused(name: str, file: str) -> None:
    check(name, corpus(name)[file])


def test_every_target_has_a_small_corpus_and_every_corpus_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    assert {name for name, _ in FILES} == set(TARGETS)
    assert [path for path in CORPUS.rglob("*") if path.is_file() and path.stat().st_size > LARGEST] == []


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    check(name, data)


@pytest.mark.parametrize("name", TARGETS)
@given(seed=st.integers(0, 1 << 32))
def test_what_is_nearly_right_is_read_or_refused(name: str, seed: int) -> None:
    check(name, mutated(list(corpus(name).values()), random.Random(seed)))


def test_whatever_breaks_a_target_is_kept(tmp_path: Path) -> None:
    def breaks(data: bytes) -> None:
        assert b"\xff" not in data

    (tmp_path / "seed").write_bytes(b"harmless")
    time = iter(range(10_000))
    assert hunt(Target(breaks, (), 100, 1, 1), tmp_path, 10_000, lambda: next(time)) == 1
    [kept] = [path for path in tmp_path.iterdir() if path.name.startswith("crash-")]
    assert b"\xff" in kept.read_bytes()


def test_a_hunt_ends_when_its_time_is_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "seed").write_bytes(b"harmless")
    time = iter(range(10))
    assert hunt(Target(len, (), 100, 1, 1), tmp_path, 5, lambda: next(time)) == 0
    assert capsys.readouterr().out == "5 runs, nothing broke\n"


def fuzz(*words: str) -> subprocess.CompletedProcess[str]:
    """`./run fuzz` on a machine that has no atheris."""
    program = (
        "import sys; sys.modules['atheris'] = None; from tests.fuzz.__main__ import main; sys.exit(main(*sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("words", [(), ("nothing",), ("rtp", "soon")])
def test_a_target_that_is_none_is_answered_with_those_there_are(words: tuple[str, ...]) -> None:
    done = fuzz(*words)
    assert done.returncode == 2
    assert all(name in done.stderr for name in TARGETS)


def test_without_atheris_it_says_so_and_mutates() -> None:
    done = fuzz("rtp", "0")
    assert (done.returncode, done.stdout) == (0, "0 runs, nothing broke\n")
    assert "atheris is not installed" in done.stderr
