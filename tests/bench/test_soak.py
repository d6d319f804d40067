"""Memory and files over a call, in small."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]


def test_a_soak_says_what_each_room_has_grown_by() -> None:
    command = [sys.executable, "-m", "cli", "bench", "soak", "--rooms", "1", "--minutes", "0.1", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["settled_mib"] > 10
    assert told["growth_mib_per_room"] == told["end_mib"] - told["settled_mib"]
    assert len(told["samples_mib"]) > 10
    assert told["settled_files"] > 3
