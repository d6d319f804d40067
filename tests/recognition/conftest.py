"""The real engines, where their files are."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from recognition import models, worker
from recognition.engines import Engine
from recognition.verdict import Thresholds

MODELS = Path(os.environ.get("FAIRWATCH_MODELS") or Path(os.environ.get("FAIRWATCH_DATA") or "data") / "models")


@cache
def _loaded(name: str) -> tuple[Engine, Thresholds]:
    return worker.load(name, MODELS)


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """The folder with SFace's files, or a skip that says how to get them."""
    if models.missing(MODELS):
        pytest.skip(f"the face models are not in {MODELS}: fairwatch models fetch")
    return MODELS


@pytest.fixture(scope="session")
def load_engine(request: pytest.FixtureRequest) -> Callable[[str], tuple[Engine, Thresholds]]:
    """An engine by its name, in this process; each is loaded once."""

    def load(name: str) -> tuple[Engine, Thresholds]:
        if name == "sface":
            request.getfixturevalue("models_folder")
        return _loaded(name)

    return load
