"""policy.toml is whole, names the weights that it was measured with, and says what a measurement finds."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from recognition import models
from recognition.choice import choose
from recognition.evaluation import evaluate
from recognition.pairs import read_pairs
from recognition.policy import IN_FORCE, OURS, BadPolicy, load
from recognition.spoiling import CLEAN, WAYS
from recognition.tuning import found_in
from recognition.verdict import DLIB, SFACE, Thresholds
from recognition.verifier import FaceVerifier
from tests.recognition.conftest import MODELS
from tests.support.face_pairs import write

pytestmark = pytest.mark.rim

OTHER_MACHINES = 4  # pairs that another processor's rounding may put on the other side of a threshold, or of a gate


def test_the_thresholds_in_force_are_those_of_the_file() -> None:
    assert Thresholds("sface", match=0.42, no_match=0.36, higher_is_closer=True) == SFACE
    assert Thresholds("dlib", match=0.42, no_match=0.60, higher_is_closer=False) == DLIB


def test_thresholds_are_those_of_the_weights_that_run() -> None:
    assert IN_FORCE.engines["sface"].model_sha256 == models.SFACE.sha256
    dlib = choose(None, "dlib")
    assert dlib is not None
    assert IN_FORCE.engines["dlib"].model_sha256 == dlib.model_sha256


@pytest.mark.parametrize("name", ["sface", "dlib"])
def test_every_threshold_has_its_evidence(name: str) -> None:
    evidence = IN_FORCE.engines[name].evidence
    assert {"date", "data", "command"} < evidence.keys()
    for way in WAYS:
        found = evidence[way]
        assert found["calls_false_matches"][0] == 0
        assert found["calls_false_matches"][1] > 1_000


OURS_TEXT = OURS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("match = 0.42 ", "match = "),
        ("match = 0.42 ", "mach = 0.42 "),
        ("match = 0.42 ", "match = 1 "),
        ("match = 0.42 ", 'match = "0.42" '),
        ("match = 0.42 ", "match = nan "),
        ("no_match = 0.36", "no_match = 0.43"),
        ("no_match = 0.60", "no_match = 0.41"),
        ("repeat = 0.995", "repeat = 0.4"),
        ("version =", "edition ="),
    ],
)
def test_a_file_that_cannot_be_meant_stops_everything(tmp_path: Path, was: str, becomes: str) -> None:
    assert was in OURS_TEXT
    path = tmp_path / "policy.toml"
    path.write_text(OURS_TEXT.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(BadPolicy):
        load(path)
    with pytest.raises(BadPolicy):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(("name", "ways"), [("sface", (CLEAN, "compressed")), ("dlib", (CLEAN,))])
async def test_what_stands_in_the_file_is_what_a_measurement_finds(
    test_faces: Path, models_folder: Path, tmp_path: Path, name: str, ways: tuple[str, ...]
) -> None:
    if not models.MESH.intact(models_folder):
        pytest.skip("the face mesh is not here: fairwatch models fetch")
    listed = read_pairs(write(test_faces, tmp_path))
    verifier = await FaceVerifier.start(MODELS, time.monotonic, name)
    try:
        found = await evaluate(listed, verifier, ways, lambda done, total: None)
    finally:
        await verifier.close()
    evidence = IN_FORCE.engines[name].evidence
    for way in ways:
        check(found_in(found.conditions[way]), evidence[way])


def check(found: Mapping[str, object], written: Mapping[str, Any]) -> None:
    """The same figures, but for what rounds differently elsewhere; a false match in a call is one everywhere."""
    assert found.keys() == written.keys()
    assert found["calls_false_matches"] == written["calls_false_matches"]
    for name, value in found.items():
        if name == "eer":
            assert value == pytest.approx(written[name], abs=0.001)
        elif isinstance(value, list):
            assert value[0] == pytest.approx(written[name][0], abs=OTHER_MACHINES)
            assert value[1] == pytest.approx(written[name][1], rel=0.02)
        else:
            assert value == pytest.approx(written[name], abs=OTHER_MACHINES)
