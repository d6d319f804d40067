"""What an operator may set: each setting that cannot be used is refused in one sentence."""

import pytest

from settings import BadSetting, Settings

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("UDP_PORT", "-1"),
        ("UDP_ANNOUNCED", "video.example"),
        ("UDP_ANNOUNCED", "192.0.2.1,"),
        ("ENGINE", "guess"),
        ("LOG_LEVEL", "LOUD"),
        ("TLS_CERT", "chain.pem"),  # without its key
        ("TLS_KEY", "key.pem"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"FAIRWATCH_{name}"):
        Settings.from_env({f"FAIRWATCH_{name}": value})


def test_what_is_not_set_or_empty_is_the_default() -> None:
    assert (
        Settings.from_env({}) == Settings.from_env({"FAIRWATCH_PORT": "", "FAIRWATCH_UDP_ANNOUNCED": ""}) == Settings()
    )


def test_announced_addresses_stand_between_commas() -> None:
    announced = Settings.from_env({"FAIRWATCH_UDP_ANNOUNCED": "192.0.2.1, 2001:DB8::1"}).udp_announced
    assert announced == ("192.0.2.1", "2001:db8::1")


def test_a_level_may_be_written_small() -> None:
    assert Settings.from_env({"FAIRWATCH_LOG_LEVEL": "debug"}).log_level == "DEBUG"
