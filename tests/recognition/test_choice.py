"""The engine is SFace where its files are intact, else dlib, else none, and nothing is loaded to know it."""

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from recognition import models
from recognition.choice import choose
from recognition.verdict import DLIB, SFACE

pytestmark = pytest.mark.rim


def check(folder: Path | None, prefer: str, expected: str | None) -> None:
    engine = choose(folder, prefer)
    assert (engine and engine.name) == expected
    if engine is not None:
        assert engine.thresholds == {"sface": SFACE, "dlib": DLIB}[engine.name]
        assert len(engine.model_sha256) == 64


def test_sface_is_taken_when_its_files_are_there_unless_dlib_is_preferred(models_folder: Path) -> None:
    check(models_folder, "sface", "sface")
    check(models_folder, "dlib", "dlib")


def test_dlib_serves_when_a_file_is_missing_or_is_another_one(tmp_path: Path) -> None:
    check(None, "sface", "dlib")
    check(tmp_path / "nothing here", "sface", "dlib")
    for file in models.ALL:
        (tmp_path / file.name).write_bytes(b"not a model")
    check(tmp_path, "sface", "dlib")


@pytest.mark.parametrize("gone", ["face_recognition_models", "dlib"])
def test_without_dlib_either_there_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str) -> None:
    def find_spec(name: str) -> ModuleSpec | None:
        return None if name == gone else importlib.util.find_spec(name)

    monkeypatch.setattr("recognition.choice.find_spec", find_spec)
    check(tmp_path, "sface", None)
