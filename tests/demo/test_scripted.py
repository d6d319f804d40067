"""The demo's whole check-ins: real server, real UDP, real engines; what they come to is on file."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from cases.review import Conclusion
from demo.scripted import Outcome, RecordingMade, check_in
from settings import Settings
from tests.support.models import sface_models

pytestmark = pytest.mark.rim

STAGES = [
    "the store stays in ",
    "the server is up on http://127.0.0.1:",
    "both are in the call",
    " stills were compared, ",
    "the call has ended",
    "it is on file",
]
KEYS = [
    "check_in_state",
    "identity_state",
    "verdicts",
    "engine",
    "recordings",
    "ledger_entries",
    "ledger_head",
    "timings",
]


@pytest.fixture(autouse=True)
def store_goes_with_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo leaves its store in the system's temporary folder; ours is the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def check_stages(said: str) -> None:
    """A line a stage, in their order, so that nobody waits before a silent screen."""
    assert [stage for line in said.splitlines() for stage in STAGES if stage in line] == STAGES


def check_recordings(outcome: Outcome) -> None:
    """Two sealed files of some seconds, each with the hash that is on file."""
    assert len(outcome.recordings) == 2
    for made in outcome.recordings:
        assert hashlib.sha256(Path(made.path).read_bytes()).hexdigest() == made.sha256
        assert made.seconds > 3


@pytest.mark.parametrize(
    ("who", "identity", "verdict", "conclusion", "concluded"),
    [
        ("same", "matched", "match", Conclusion.CONFIRMED, "confirmed"),
        ("other", "not_matched", "no_match", Conclusion.REJECTED, "rejected"),
        ("nobody", "inconclusive", "no_face", None, None),
    ],
)
async def test_with_sface_each_ends_as_it_should(
    who: str, identity: str, verdict: str, conclusion: Conclusion | None, concluded: str | None
) -> None:
    settings = replace(Settings.from_env(os.environ), models=sface_models(), engine="sface")
    said = StringIO()
    outcome = await check_in(settings, who, conclusion, Console(file=said))
    assert outcome.check_in_state == ("ended" if conclusion is None else "filed")
    assert outcome.identity_state == (concluded or identity)
    assert max(outcome.verdicts, key=lambda name: outcome.verdicts[name]) == verdict
    assert outcome.engine == "sface"
    assert outcome.ledger_entries == (2 if conclusion is None else 3)  # the enrolment, the end, the conclusion
    assert len(outcome.ledger_head) == 64
    assert set(outcome.timings) >= {"server_start", "admitted_to_first_frame", "identity_settled", "hang_up_to_filed"}
    check_recordings(outcome)
    assert Path(outcome.recordings[0].path).parents[4].as_posix() in said.getvalue()
    check_stages(said.getvalue())


def test_without_models_the_console_script_does_the_same_with_dlib(tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("fairwatch"), "demo", "--json", "--as", "same"],
        env={**os.environ, "FAIRWATCH_MODELS": str(tmp_path / "no-models"), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert list(outcome) == KEYS
    assert [list(recording) for recording in outcome["recordings"]] == [["path", "seconds", "sha256"]] * 2
    assert (outcome["check_in_state"], outcome["identity_state"]) == ("ended", "matched")
    assert outcome["engine"] == "dlib"
    check_recordings(Outcome(**{**outcome, "recordings": [RecordingMade(**made) for made in outcome["recordings"]]}))
    check_stages(done.stderr)
    assert "Traceback" not in done.stderr


def test_what_is_shown_is_whole_on_a_narrow_screen() -> None:
    path = "/tmp/" + "a-long-name/" * 12 + "subject.webm"
    outcome = Outcome("ended", "open", {}, None, [RecordingMade(path, 5.0, "ab" * 32)], 2, "cd" * 32, {"talk": 1.0})
    shown = StringIO()
    outcome.show(Console(file=shown, width=40))
    for whole in (path, "ab" * 32, "cd" * 32, "engine: none", "1.00 s  talk"):
        assert whole in shown.getvalue()
