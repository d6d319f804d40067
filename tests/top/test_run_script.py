"""The script that everything starts with: POSIX sh, and its help names whatever it knows."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
RUN = ROOT / "run"

# What `case "$command" in` knows, by the labels that stand at its own depth.
TARGETS = re.findall(
    r"^  ([a-z]+)(?:\||\))", RUN.read_text(encoding="utf-8").split('case "$command" in')[1], re.MULTILINE
)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """./run with these words, from another folder."""
    return subprocess.run([RUN, *words], cwd="/", capture_output=True, text=True, check=False)


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_every_shell_can_read_it(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    read = subprocess.run([shell, "-n", RUN], capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


def test_it_is_plain_sh_and_may_be_started() -> None:
    assert RUN.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert RUN.stat().st_mode & 0o111


def test_help_names_every_target() -> None:
    done = run("help")
    assert (done.returncode, done.stderr) == (0, "")
    named = set(re.findall(r"\./run ([a-z]+)", done.stdout))
    assert set(TARGETS) - {"serve", "help"} == named
    assert len(TARGETS) > 10
    assert "./run  " in done.stdout  # with no target it serves


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_is_found_by_habit(word: str) -> None:
    assert run(word).stdout == run("help").stdout


def test_an_unknown_target_is_said_and_helped() -> None:
    done = run("everything")
    assert done.returncode == 2
    assert done.stderr == "There is no ./run everything.\n"
    assert done.stdout == run("help").stdout
