"""The bench of faces measures what it says it measures. How quick it was is for a person to read, never for a test."""

import json
import math
from pathlib import Path

import pytest
from rich.console import Console

from bench import faces
from bench.faces import NoEngine, keyframes, measure
from demo.clips import clip
from tests.support.models import sface_models

pytestmark = pytest.mark.rim


async def test_every_figure_is_there_and_none_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "LOOP_S", 0.3)
    measured = await measure(sface_models(), "sface", clip("subject"), 3, Console(quiet=True))
    found = json.loads(measured.json())
    assert found["frame"]["frames"] == 3
    assert (found["check_in"]["stills"], found["check_in"]["seconds"]) == (8, 15)
    for cost in (found["frame"]["detection_and_gates_ms"], found["frame"]["embedding_ms"]):
        assert 0 < cost["median"] <= cost["p95"]
    assert found["check_in"]["cpu_s"] > 0
    assert 0 < found["worker_memory"]["loaded_mib"] <= found["worker_memory"]["peak_mib"]
    assert math.isfinite(found["media_loop"]["added"]["busy_ms"])
    measured.show(Console(quiet=True))


async def test_an_engine_that_is_not_here_is_not_measured_as_another(tmp_path: Path) -> None:
    with pytest.raises(NoEngine):
        await measure(tmp_path, "sface", clip("subject"), 3, Console(quiet=True))


def test_frames_are_those_of_a_camera() -> None:
    assert [pixels.shape for pixels in keyframes(clip("subject"), 30)] == [(480, 640, 3)] * 30
