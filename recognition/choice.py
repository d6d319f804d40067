"""Which engine serves here: decided by looking at files, without loading anything."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from recognition import models
from recognition.engines import EngineInfo
from recognition.policy import IN_FORCE
from recognition.verdict import DLIB, SFACE

RESNET = "dlib_face_recognition_resnet_model_v1.dat"


def choose(folder: Path | None, prefer: str) -> EngineInfo | None:
    """SFace where its files are intact and dlib is not preferred, else dlib where it is installed, else None."""
    sface = EngineInfo(SFACE.engine, models.SFACE.sha256, SFACE)
    if prefer == SFACE.engine and folder is not None and models.present(folder):
        return sface
    return _dlib()


def _dlib() -> EngineInfo | None:
    weights = find_spec("face_recognition_models")
    if weights is None or not weights.submodule_search_locations or not find_spec("dlib"):
        return None
    file = Path(weights.submodule_search_locations[0]) / "models" / RESNET
    if not file.is_file():
        return None
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != IN_FORCE.engines[DLIB.engine].model_sha256:  # its scores would mean something else
        return None
    return EngineInfo(DLIB.engine, found, DLIB)
