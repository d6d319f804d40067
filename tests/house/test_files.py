"""What is kept in the repository: nothing heavy, and nothing that is true on one machine only."""

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
LARGEST = 1_000_000  # bytes; a clone must stay quick
MAY_BE_LARGE = ("web/static/vendor/", "demo/")

# Put together here, so that this file does not name them either.
OUTSIDE = "/".join(("..", "shared"))
MACHINE_PATH = re.compile(r"(?<![\w.~:/-])/(?:" + "|".join(("work", "root", "home", "Users", "mnt")) + r")/\w")
REGISTRY = re.compile(
    "|".join((r"--(?:extra-)?index-url", "python" + r"hosted\.org", "py" + r"pi\.org/simple", "npm" + r"js\.org"))
)


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file that git keeps."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is not a git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def naming(tracked: list[Path], pattern: re.Pattern[str]) -> set[str]:
    """The text files in which `pattern` stands, by their path from the root."""
    return {
        name
        for path in tracked
        if not (name := path.relative_to(ROOT).as_posix()).startswith(MAY_BE_LARGE)
        and pattern.search(path.read_bytes().decode("utf-8", errors="ignore"))
    }


def test_no_file_is_heavy(tracked: list[Path]) -> None:
    heavy = {name for path in tracked if path.stat().st_size > LARGEST and (name := path.relative_to(ROOT).as_posix())}
    assert {name for name in heavy if not name.startswith(MAY_BE_LARGE)} == set()


def test_every_picture_is_one_that_the_readme_shows(tracked: list[Path]) -> None:
    shown = set(re.findall(r"docs/pictures/[^)]*", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {
        name for path in tracked if (name := path.relative_to(ROOT).as_posix()).startswith("docs/pictures/")
    } == shown


def test_only_ci_names_the_folder_outside(tracked: list[Path]) -> None:
    assert naming(tracked, re.compile(re.escape(OUTSIDE))) == {".ci/run"}


def test_no_file_names_a_path_of_one_machine(tracked: list[Path]) -> None:
    assert naming(tracked, MACHINE_PATH) == set()


def test_no_file_names_a_registry(tracked: list[Path]) -> None:
    assert naming(tracked, REGISTRY) == set()
