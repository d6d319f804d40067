"""Which DTLS in the clear may reach a handshake; real ones are in tests/media/test_two_browsers.py and the journeys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.dtls import CERTIFICATE, CLIENT_HELLO, CLIENT_KEY_EXCHANGE, SHORTEST_HELLO, may_be_heard

pytestmark = pytest.mark.unit

ALERT, HANDSHAKE, DATA = 21, 22, 23


def record(kind: int, content: bytes, *, epoch: int = 0, length: int | None = None) -> bytes:
    said = len(content) if length is None else length
    return bytes([kind]) + b"\xfe\xfd" + epoch.to_bytes(2, "big") + bytes(6) + said.to_bytes(2, "big") + content


def fragment(message: int, length: int, offset: int = 0, size: int | None = None) -> bytes:
    size = length if size is None else size
    numbers = (length.to_bytes(3, "big"), b"\x00\x00", offset.to_bytes(3, "big"), size.to_bytes(3, "big"))
    return bytes([message]) + b"".join(numbers) + bytes(size)


HELLO = record(HANDSHAKE, fragment(CLIENT_HELLO, 200))


@pytest.mark.parametrize(
    "datagram",
    [
        HELLO,
        record(HANDSHAKE, fragment(CLIENT_HELLO, 2000, 0, 1200)),
        record(HANDSHAKE, fragment(CLIENT_HELLO, 2000, 1200, 800)),
        record(HANDSHAKE, fragment(CERTIFICATE, 300) + fragment(CLIENT_KEY_EXCHANGE, 60)),
        record(HANDSHAKE, fragment(CLIENT_KEY_EXCHANGE, 60))
        + record(20, b"\x01")
        + record(HANDSHAKE, b"?" * 40, epoch=1),
        record(ALERT, b"?" * 26, epoch=1),
        record(DATA, b"?" * 26, epoch=1),
        bytes([0b0010_1111]) + b"?" * 50,  # DTLS 1.3, encrypted
    ],
)
def test_what_a_client_s_handshake_is_made_of_is_heard(datagram: bytes) -> None:
    assert may_be_heard(datagram)


@pytest.mark.parametrize(
    "datagram",
    [
        record(ALERT, b"\x02\x28"),
        record(ALERT, b"\x01\x00"),
        HELLO + record(ALERT, b"\x02\x28"),
        record(DATA, b"data"),
        record(HANDSHAKE, b""),
        record(HANDSHAKE, fragment(CLIENT_HELLO, SHORTEST_HELLO - 1)),
        record(HANDSHAKE, fragment(CLIENT_HELLO, 200, 0, 0)),
        record(HANDSHAKE, fragment(CLIENT_HELLO, 200, 150, 60)),
        record(HANDSHAKE, fragment(2, 200)),  # a server's hello
        record(HANDSHAKE, fragment(CLIENT_HELLO, 200)[:-1]),
        record(HANDSHAKE, fragment(CLIENT_HELLO, 200) + b"\x0b"),
        record(20, b"\x02"),
        record(HANDSHAKE, fragment(CLIENT_HELLO, 200), length=300),
        HELLO[:7],
        HELLO + b"\x16",
    ],
)
def test_nothing_else_is(datagram: bytes) -> None:
    assert not may_be_heard(datagram)


@given(st.binary(max_size=100), st.sampled_from([b"", HELLO, HELLO[:13]]))
def test_any_bytes_are_heard_or_not(noise: bytes, before: bytes) -> None:
    assert may_be_heard(before + noise) in (True, False)
