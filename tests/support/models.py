"""Where the face models are on this machine, for tests that need the real engine."""

import os
from pathlib import Path

import pytest

from recognition.models import missing
from settings import Settings


def sface_models() -> Path:
    """The folder of the face models; the test is skipped where nobody has fetched them."""
    folder = Settings.from_env(os.environ).models_folder.absolute()
    if missing(folder):
        pytest.skip(f"the face models are not in {folder}: fairwatch models fetch")
    return folder
