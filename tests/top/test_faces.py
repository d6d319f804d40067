"""`fairwatch faces evaluate`: figures on standard output, everything else beside it, and one sentence a mistake."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli
from demo.clips import Person, enrolment_pictures
from tests.support.logs import logged_at
from tests.support.models import sface_models

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"FAIRWATCH_DATA": str(tmp_path / "data"), "FAIRWATCH_MODELS": str(sface_models())}


def invoke(env: Mapping[str, str], *words: str, command: str = "evaluate") -> Result:
    with logged_at("ERROR"):  # and as it was for the tests after us
        return CliRunner().invoke(cli.app, ["faces", command, *words], env=dict(env))


def check(result: Result, *, code: int, says: str) -> None:
    """It ends with this code and says this, with no figures and no traceback."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, " ".join(result.stderr.split()), result.stdout) == (code, says, "")


def two_people(folder: Path, pictures: int = 2) -> Path:
    named: list[tuple[Person, str]] = []
    for person in ("subject", "stranger"):
        for number, picture in enumerate(enrolment_pictures(person, pictures)):
            (folder / f"{person}{number}.jpg").write_bytes(picture)
            named.append((person, f"{person}{number}.jpg"))
    rows = [f"{a},{b},{int(one == other)}" for (one, a), (other, b) in combinations(named, 2)]
    path = folder / "PAIRS.csv"
    path.write_text("\n".join(["path_a,path_b,same", *rows]), encoding="utf-8")
    return path


def test_json_is_one_object_with_the_figures_of_each_engine(env: dict[str, str], tmp_path: Path) -> None:
    """In a process of its own, as an operator runs it: what it prints is JSON and nothing else."""
    found = subprocess.run(
        [sys.executable, "-m", "cli", "faces", "evaluate", str(two_people(tmp_path)), "--json", "--no-degrade"],
        capture_output=True,
        cwd=ROOT,
        env=os.environ | env,
        check=True,
    )
    figures = json.loads(found.stdout)
    assert sorted(figures) == ["dlib", "sface"]
    for one in figures.values():
        asked = ("eer", "fmr", "fnmr", "pairs", "failures_to_acquire")
        assert [one[name] for name in asked] == [0, 0, 0, 6, 0]
    assert (figures["sface"]["threshold"], figures["dlib"]["threshold"]) == (0.42, 0.42)


def test_without_json_there_are_tables_and_with_html_a_page(env: dict[str, str], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = invoke(env, str(two_people(tmp_path)), "--engine", "sface", "--html", str(page))
    assert result.exit_code == 0
    for word in ("clean", "small", "dark", "blurred", "compressed", "false match"):
        assert word in result.stdout
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_list_that_cannot_be_read_is_a_sentence_a_line(env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "PAIRS.csv"
    check(invoke(env, str(path)), code=2, says="PAIRS.csv cannot be read: No such file or directory")
    path.write_text("path_a,path_b,same\na.png,b.png,1\nc.png,\n")
    check(invoke(env, str(path)), code=2, says='line 2: there is no "a.png" line 3: 2 fields are too few')


def test_an_engine_that_is_not_here_is_said_to_be_missing(env: dict[str, str], tmp_path: Path) -> None:
    nothing = env | {"FAIRWATCH_MODELS": str(tmp_path / "none")}
    says = "sface's files are not here, or not the pinned ones: fairwatch models fetch, fairwatch doctor"
    check(invoke(nothing, str(two_people(tmp_path)), "--engine", "sface"), code=1, says=says)


def test_a_picture_that_cannot_be_read_is_named_by_its_line_and_the_rest_is_measured(
    env: dict[str, str], tmp_path: Path
) -> None:
    path = two_people(tmp_path)
    (tmp_path / "stranger1.jpg").write_bytes(b"GIF89a")
    result = invoke(env, str(path), "--engine", "sface", "--no-degrade", "--json")
    figures = json.loads(result.stdout)["sface"]
    assert (figures["failures_to_acquire"], figures["different"], figures["same"]) == (1, 2, 1)
    assert " ".join(result.stderr.split()).startswith("line 4: the picture is broken, or none of JPEG,")
    assert figures["unread"][0]["line"] == 4


def test_a_page_that_cannot_be_written_is_said_so(env: dict[str, str], tmp_path: Path) -> None:
    where = tmp_path / "no folder" / "page.html"
    result = invoke(env, str(two_people(tmp_path)), "--engine", "sface", "--no-degrade", "--html", str(where))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No such file or directory" in result.stderr


def test_tune_prints_a_table_of_thresholds_with_its_evidence(env: dict[str, str], tmp_path: Path) -> None:
    words = ("--engine", "sface", "--data", "the two people we ship")
    result = invoke(env, str(two_people(tmp_path, 9)), *words, command="tune")
    assert result.exit_code == 0, result.stderr
    table = tomllib.loads(result.stdout)["sface"]
    assert -1 < table["no_match"] < table["match"] < 1
    assert table["evidence"]["data"] == "the two people we ship"
    assert table["evidence"]["command"] == "fairwatch faces tune PAIRS.csv --engine sface"
    assert table["evidence"]["compressed"]["pictures"] == 18


def test_tune_says_when_there_is_too_little_to_go_by(env: dict[str, str], tmp_path: Path) -> None:
    says = "Nobody in it has eight pictures that can be used, or there is nobody to tell them from."
    check(invoke(env, str(two_people(tmp_path)), "--engine", "sface", command="tune"), code=1, says=says)
