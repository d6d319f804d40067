"""A list of pairs, real worker processes and pictures good and bad; figures that can be counted by hand come out."""

import json
import time
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demo.clips import Person, enrolment_pictures
from recognition.engines import EngineInfo
from recognition.evaluation import EngineGone, Evaluation, evaluate
from recognition.evaluation_json import as_json
from recognition.evaluation_page import page
from recognition.pairs import read_pairs
from recognition.spoiling import CLEAN, WAYS
from recognition.verdict import SFACE, Reason
from recognition.verifier import FaceVerifier
from tests.recognition.conftest import MODELS
from tests.recognition.scripted_worker import Act, Load
from tests.support.clocks import ManualClock

pytestmark = pytest.mark.rim

SCRIPT = Path(__file__).with_name("scripted_worker.py")
NOISE = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)


def demo_people(folder: Path, count: int) -> Path:
    """The two people we ship, everybody with everybody."""
    named: list[tuple[Person, str]] = []
    for person in ("subject", "stranger"):
        for number, picture in enumerate(enrolment_pictures(person, count)):
            (folder / f"{person}{number}.jpg").write_bytes(picture)
            named.append((person, f"{person}{number}.jpg"))
    rows = [f"{a},{b},{int(one == other)},{one[:3]}" for (one, a), (other, b) in combinations(named, 2)]
    return listed(folder, *rows)


def listed(folder: Path, *rows: str) -> Path:
    path = folder / "PAIRS.csv"
    path.write_text("\n".join(["path_a,path_b,same,group", *rows]), encoding="utf-8")
    return path


def scripted(folder: Path, name: str, act: Act) -> None:
    """A picture whose first pixel tells the scripted engine what to do."""
    pixels = NOISE.copy()
    pixels[0, 0] = (0, 0, act)  # RGB
    Image.fromarray(pixels).save(folder / name)


async def run(path: Path, verifier: FaceVerifier, *ways: str) -> tuple[Evaluation, list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    try:
        return await evaluate(read_pairs(path), verifier, ways, lambda done, total: told.append((done, total))), told
    finally:
        await verifier.close()


def scripted_verifier(folder: Path, load: Load = Load.WELL) -> FaceVerifier:
    command = (str(SCRIPT), str(folder), str(int(load)))
    return FaceVerifier(EngineInfo("sface", "5f", SFACE), command, ManualClock().clock)


@pytest.mark.parametrize("name", ["sface", "dlib"])
async def test_the_two_people_we_ship_are_told_apart_in_every_condition(
    request: pytest.FixtureRequest, tmp_path: Path, name: str
) -> None:
    if name == "sface":
        request.getfixturevalue("models_folder")
    verifier = await FaceVerifier.start(MODELS, time.monotonic, name)
    ways = tuple(WAYS) if name == "sface" else (CLEAN, "dark")
    found, told = await run(demo_people(tmp_path, 8), verifier, *ways)
    assert list(found.conditions) == list(ways)
    assert told == [(done, 16 * len(ways)) for done in range(1, 16 * len(ways) + 1)]  # each once a condition
    for condition in found.conditions.values():
        errors = condition.figures.errors
        assert (errors.false_match.errors, errors.false_non_match.errors) == (0, 0)
        assert condition.failures_to_acquire == sum(condition.why.values())
    clean = found.conditions[CLEAN]
    assert (clean.figures.pairs, clean.figures.errors.false_match.of) == (120, 64)
    assert clean.figures.equal is not None
    assert clean.figures.equal.fmr == 0
    assert clean.calls is not None
    assert (clean.calls.people, clean.calls.failures_to_enrol) == (2, 0)
    assert {name: figures.pairs for name, figures in clean.groups.items()} == {"str": 28, "sub": 28 + 64}

    figures = json.loads(json.dumps(as_json(found)))
    assert figures["threshold"] == found.engine.thresholds.match
    assert (figures["eer"], figures["fmr"], figures["fnmr"], figures["pairs"], figures["failures_to_acquire"]) == (
        *(0, 0, 0, 120),
        clean.failures_to_acquire,
    )
    assert figures["fmr_high"] == pytest.approx(3 / 64, rel=0.05)
    assert list(figures["degradations"]) == list(ways[1:])
    assert figures["roc"][0]["fmr"] == 1
    assert figures["calls"]["false_matches"] == 0


async def test_pictures_that_cannot_be_used_are_counted_by_cause_and_named_by_line(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        scripted(tmp_path, name, Act.SEE)
    scripted(tmp_path, "kills.png", Act.CRASH)
    scripted(tmp_path, "raises.png", Act.RAISE)
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "page.jpg").write_bytes(b"<html>")
    (tmp_path / "long.png").write_bytes(b"\0" * 5_000_001)
    Image.fromarray(NOISE).save(tmp_path / "moves.webp", save_all=True, append_images=[Image.new("RGB", (64, 64))])
    bad = ("kills.png", "raises.png", "empty.jpg", "page.jpg", "long.png", "moves.webp")
    path = listed(tmp_path, "a.png,b.png,1,", *(f"c.png,{name},0," for name in bad), "a.png,c.png,0,")
    found, _ = await run(path, scripted_verifier(tmp_path), CLEAN, "small")
    clean = found.conditions[CLEAN]
    assert (clean.pictures, clean.failures_to_acquire) == (9, 6)
    assert clean.why == {Reason.UNREADABLE: 4, Reason.ENGINE_FAILED: 2}
    assert (clean.figures.errors.false_match.of, clean.figures.errors.false_non_match.of) == (1, 1)
    assert found.unread == [
        (5, "the picture is empty"),
        (6, "the picture is broken, or none of JPEG, PNG, PPM, BMP, WEBP"),
        (7, "the picture is larger than 5 MB"),
        (8, "the picture is animated: one still is needed"),
    ]
    assert found.conditions["small"].why[Reason.UNREADABLE] == 4


@pytest.mark.parametrize("kind", ["pgm", "ppm", "bmp", "webp", "jpg", "png"])
async def test_collections_of_faces_are_read_in_their_own_kinds(tmp_path: Path, kind: str) -> None:
    Image.new("L" if kind == "pgm" else "RGB", (64, 64)).save(tmp_path / f"a.{kind}")
    found, _ = await run(listed(tmp_path, f"a.{kind},a.{kind},1,"), scripted_verifier(tmp_path), CLEAN)
    assert found.unread == []


async def test_a_list_without_different_people_has_no_false_matches_and_no_curve(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        scripted(tmp_path, name, Act.SEE)
    found, _ = await run(listed(tmp_path, "a.png,b.png,1,"), scripted_verifier(tmp_path), CLEAN)
    figures = json.loads(json.dumps(as_json(found)))
    assert (figures["eer"], figures["fmr"], figures["fnmr"], figures["calls"]) == (None, None, 0, None)
    assert (figures["fmr_low"], figures["fmr_high"]) == (0, 1)


@pytest.mark.parametrize("load", [Load.FAILS, None])
async def test_an_engine_that_never_answers_gives_no_figures(tmp_path: Path, load: Load | None) -> None:
    scripted(tmp_path, "a.png", Act.SEE)
    scripted(tmp_path, "b.png", Act.SEE)
    verifier = scripted_verifier(tmp_path, load) if load else FaceVerifier(None, (), ManualClock().clock)
    with pytest.raises(EngineGone):
        await run(listed(tmp_path, "a.png,b.png,1,"), verifier, CLEAN)


async def test_the_page_needs_nothing_else_and_obeys_nothing_in_the_list(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        scripted(tmp_path, name, Act.SEE)
    path = listed(tmp_path, "a.png,b.png,1,<script>alert(1)</script>", "a.png,b.png,1,")
    found, _ = await run(path, scripted_verifier(tmp_path), CLEAN, "small")
    written = page([found])
    assert "<script" not in written
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in written
    assert not any(word in written for word in ("http://", "https://", "src=", "@import", "url("))
    assert written.count("<path d=") == 2 * 2
