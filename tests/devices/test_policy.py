"""What an agency decides about its devices."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from devices.policy import OURS, read_device_policy

pytestmark = pytest.mark.rim


def test_ours_is_read() -> None:
    policy = read_device_policy()
    assert policy.recording.longest == timedelta(minutes=30)
    assert policy.disk.least_free == 2 << 30


@pytest.mark.parametrize("wrong", ["longest_min = 0", "longest_min = 30\nsurprise = 1"])
def test_what_is_wrong_or_unknown_is_refused(tmp_path: Path, wrong: str) -> None:
    changed = tmp_path / "policy.toml"
    changed.write_text(OURS.read_text("utf-8").replace("longest_min = 30", wrong), "utf-8")
    with pytest.raises(ValidationError):
        read_device_policy(changed)
