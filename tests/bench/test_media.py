"""The whole bench in small: every figure it promises is there, and none is made up."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.media import why_no_janus

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]


def test_one_run_prints_every_figure_as_json() -> None:
    command = [sys.executable, "-m", "cli", "bench", "media", "--rooms", "1", "--seconds", "1", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["checkin"]["cpu_ms_per_second"] > 0
    assert told["checkin"]["tutorial_cpu_ms_per_second"] > told["checkin"]["cpu_ms_per_second"]
    assert told["class"]["us_per_forwarded_packet"] > 0
    room = told["class60"]
    assert room["learners"] == 60
    assert room["cpu_share"] > 0
    assert room["us_per_forwarded_packet"] > 0
    assert room["missing_packets"] >= 0
    assert 0 < room["latency_ms"]["p50"] <= room["latency_ms"]["p95"]
    assert 0 < told["latency_ms"]["p50"] <= told["latency_ms"]["p95"]
    assert told["join_ms"]["p50"] > 0
    assert 0 <= told["loss"]["recovered_share"] <= 1
    assert 0 < told["loss"]["recorded_audio_share"] <= 1
    beside_janus = why_no_janus() is None
    assert (told["checkin"]["janus_cpu_ms_per_second"] is not None) == beside_janus
    assert (told["class"]["janus_us_per_forwarded_packet"] is not None) == beside_janus
    assert ("Janus is left out" in done.stderr) != beside_janus
