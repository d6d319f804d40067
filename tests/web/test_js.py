"""The scripts' own tests: what the pages decide without a page, run by Node where there is one."""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="no `node` on this machine: the scripts' own tests (tests/js) did not run")
def test_the_scripts_pass_their_own_tests() -> None:
    assert NODE is not None
    files = sorted(str(path) for path in (ROOT / "tests/js").glob("*.test.mjs"))
    ran = subprocess.run([NODE, "--test", *files], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
