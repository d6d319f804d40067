import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from media.guard import MOST_ADDRESSES, TRUST_S, Address, Guard, local_fragment

pytestmark = pytest.mark.unit

HERE: Address = ("192.0.2.1", 5000)


def binding_request(username: str | None, *before: tuple[str, object]) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes=dict(before))
    if username is not None:
        message.attributes["USERNAME"] = username
    message.add_message_integrity(b"secret")
    return bytes(message)


def test_nobody_is_known_before_they_have_proved_themselves() -> None:
    assert Guard[str]().owner(HERE, 0.0) is None


@pytest.mark.parametrize(("later_s", "known"), [(0.0, True), (TRUST_S, True), (TRUST_S + 0.001, False)])
def test_trust_lasts_for_thirty_seconds(later_s: float, known: bool) -> None:  # noqa: FBT001 (a table's column)
    guard = Guard[str]()
    assert guard.trust("a", HERE, 100.0)
    assert (guard.owner(HERE, 100.0 + later_s) == "a") == known


def test_each_answered_request_renews_it() -> None:
    guard = Guard[str]()
    guard.trust("a", HERE, 0.0)
    guard.trust("a", HERE, 29.0)
    assert guard.owner(HERE, 58.0) == "a"


def test_an_address_is_not_taken_from_a_connection_that_lives() -> None:
    guard = Guard[str]()
    guard.trust("a", HERE, 0.0)
    assert not guard.trust("b", HERE, 10.0)
    assert guard.owner(HERE, 10.0) == "a"


def test_an_address_that_has_gone_silent_may_be_another_s() -> None:
    guard = Guard[str]()
    guard.trust("a", HERE, 0.0)
    assert guard.trust("b", HERE, 31.0)
    guard.forget("a")
    assert guard.owner(HERE, 31.0) == "b"


def test_one_connection_has_so_many_addresses_and_no_more() -> None:
    guard = Guard[str]()
    for port in range(MOST_ADDRESSES):
        assert guard.trust("a", ("192.0.2.1", port), 0.0)
    assert not guard.trust("a", HERE, 0.0)
    assert guard.trust("a", ("192.0.2.1", 0), 0.0)


def test_a_connection_that_is_forgotten_leaves_nothing() -> None:
    guard = Guard[str]()
    guard.trust("a", HERE, 0.0)
    guard.forget("a")
    guard.forget("a")
    assert guard.owner(HERE, 0.0) is None


@pytest.mark.parametrize(
    ("datagram", "fragment"),
    [
        (binding_request("ours:theirs"), "ours"),
        (binding_request("ours:theirs", ("PRIORITY", 1), ("SOFTWARE", "x" * 7)), "ours"),
        (binding_request("nocolon"), None),
        (binding_request(None), None),
        (binding_request("ours:theirs").replace(b"\x21\x12\xa4\x42", b"\0\0\0\0"), None),
        (b"\x01\x01" + binding_request("ours:theirs")[2:], None),
        (binding_request("ours:theirs")[:25], None),
        (b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12), None),
        (b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12) + b"\x80\x22\x00\x00" * 20 + b"\x00\x06\x00\x02a:", None),
    ],
)
def test_a_request_names_our_fragment_or_nobody_s(datagram: bytes, fragment: str | None) -> None:
    assert local_fragment(datagram) == fragment


@given(st.binary(max_size=100).map(lambda rest: b"\x00\x01\x00\x00\x21\x12\xa4\x42" + rest) | st.binary())
def test_no_datagram_breaks_the_search(datagram: bytes) -> None:
    fragment = local_fragment(datagram)
    assert fragment is None or isinstance(fragment, str)
