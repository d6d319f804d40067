"""What an operator may set: each setting that cannot be used is refused in one sentence."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from media.plane import BITRATE_CEILING
from settings import BadSetting, Settings

pytestmark = pytest.mark.rim


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("UDP_PORT", "-1"),
        ("UDP_ANNOUNCED", "video.example"),
        ("UDP_ANNOUNCED", "192.0.2.1,"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),  # an address or a network, not both
        ("TURN_URLS", "turn.example:3478"),
        ("TURN_URLS", "stun:turn.example"),
        ("TURN_URLS", "turn:turn.example?transport=sctp"),
        ("TURN_URLS", "turn:turn.example"),  # without its secret
        ("TURN_SECRET", "0123456789abcdef0123456789abcdef"),  # without its addresses
        ("TURN_SECRET", "short"),
        ("TURN_SECRET", "0123456789abcdef#0123456789abcdef"),
        ("TURN_SECRET_FILE", "/not/there"),
        ("WORKERS", "many"),
        ("WORKERS", "-1"),
        ("WORKERS", "65"),
        ("BITRATE_CEILING", "1.5M"),
        ("BITRATE_CEILING", "99"),
        ("BITRATE_CEILING", "20001"),
        ("BITRATE_CEILING", "1500000"),  # bits, not kbit
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


@pytest.mark.parametrize(
    ("port", "workers", "ports"),
    [
        (8081, 0, (8081,)),
        (8081, 1, (8081,)),
        (8081, 3, (8081, 8082, 8083)),
        (0, 0, (0,)),
        (0, 2, (0, 0)),
        (65535, 1, (65535,)),
    ],
)
def test_each_media_process_has_a_port(port: int, workers: int, ports: tuple[int, ...]) -> None:
    assert Settings(udp_port=port, workers=workers).udp_ports == ports


def test_more_workers_than_ports_are_refused() -> None:
    with pytest.raises(BadSetting, match="no UDP ports from 65535 to 65536 for 2 workers"):
        _ = Settings(udp_port=65535, workers=2).udp_ports


def test_the_ceiling_is_said_in_kilobits() -> None:
    assert Settings().bitrate_ceiling == BITRATE_CEILING
    assert Settings.from_env({"FAIRWATCH_BITRATE_CEILING": "800"}).bitrate_ceiling == 800_000


def test_announced_addresses_stand_between_commas() -> None:
    announced = Settings.from_env({"FAIRWATCH_UDP_ANNOUNCED": "192.0.2.1, 2001:DB8::1"}).udp_announced
    assert announced == ("192.0.2.1", "2001:db8::1")


def test_proxies_are_addresses_or_networks_between_commas() -> None:
    assert Settings().trusted_proxies == ()
    trusted = Settings.from_env({"FAIRWATCH_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1"}).trusted_proxies
    assert trusted == (ip_network("10.0.0.0/8"), ip_network("192.0.2.1/32"))


def test_a_level_may_be_written_small() -> None:
    assert Settings.from_env({"FAIRWATCH_LOG_LEVEL": "debug"}).log_level == "DEBUG"


def test_the_address_people_type_is_the_configured_one_or_the_one_taken() -> None:
    assert Settings().origin_at(8080) == "http://127.0.0.1:8080"
    assert Settings(host="0.0.0.0").origin_at(1234) == "http://127.0.0.1:1234"
    assert Settings(tls_cert=Path("chain.pem")).origin_at(8443) == "https://127.0.0.1:8443"
    assert Settings(public_origin="https://jiaozheng.example/").origin_at(1) == "https://jiaozheng.example"


def test_everything_lies_in_the_data_folder_unless_another_place_is_named() -> None:
    default = Settings(data=Path("/srv/fairwatch"))
    assert default.models_folder == Path("/srv/fairwatch/models")
    assert default.database_url == "sqlite+aiosqlite:////srv/fairwatch/fairwatch.db"
    named = Settings.from_env({"FAIRWATCH_MODELS": "/srv/models", "FAIRWATCH_DATABASE": "postgresql+asyncpg://x/y"})
    assert named.models_folder == Path("/srv/models")
    assert named.database_url == "postgresql+asyncpg://x/y"


RELAY = {"FAIRWATCH_TURN_URLS": "turn:turn.example:3478?transport=udp, turns:[2001:db8::1]:443?transport=tcp"}
SECRET = "0123456789abcdef0123456789abcdef"


def test_a_relays_secret_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    said = Settings.from_env(RELAY | {"FAIRWATCH_TURN_SECRET": SECRET})
    assert said == Settings.from_env(RELAY | {"FAIRWATCH_TURN_SECRET_FILE": str(file)})
    assert said.turn_secret == SECRET
    assert said.turn_urls == ("turn:turn.example:3478?transport=udp", "turns:[2001:db8::1]:443?transport=tcp")
    with pytest.raises(BadSetting, match="two ways"):
        Settings.from_env(RELAY | {"FAIRWATCH_TURN_SECRET": SECRET, "FAIRWATCH_TURN_SECRET_FILE": str(file)})


def test_a_secret_is_in_no_message_and_in_no_settings_that_are_shown(tmp_path: Path) -> None:
    assert SECRET not in repr(Settings.from_env(RELAY | {"FAIRWATCH_TURN_SECRET": SECRET}))
    (tmp_path / "secret").write_bytes(b"\xff" + SECRET.encode())
    for bad in ({"FAIRWATCH_TURN_SECRET": f"{SECRET} #"}, {"FAIRWATCH_TURN_SECRET_FILE": str(tmp_path / "secret")}):
        with pytest.raises(BadSetting) as refused:
            Settings.from_env(RELAY | bad)
        assert SECRET not in str(refused.value)
