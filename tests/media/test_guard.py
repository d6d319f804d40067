import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from media.guard import (
    LONGEST_DATAGRAM,
    MOST_ADDRESSES,
    MOST_ATTRIBUTES,
    TRUST_S,
    Address,
    Guard,
    is_message,
    local_fragment,
)

pytestmark = pytest.mark.unit

HERE: Address = ("192.0.2.1", 5000)


def a_guard(replaced: list[Address] | None = None) -> Guard[str]:
    """`replaced` gets each address that has lost its place."""
    places = [] if replaced is None else replaced
    return Guard(lambda owner, address: places.append(address))


def at_port(number: int) -> Address:
    return ("192.0.2.2", number)


def binding_request(username: str | None, *before: tuple[str, object]) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes=dict(before))
    if username is not None:
        message.attributes["USERNAME"] = username
    message.add_message_integrity(b"secret")
    return bytes(message)


def test_nobody_is_known_before_they_have_proved_themselves() -> None:
    assert a_guard().owner(HERE, 0.0) is None


@pytest.mark.parametrize(("later_s", "known"), [(0.0, True), (TRUST_S, True), (TRUST_S + 0.001, False)])
def test_trust_lasts_for_thirty_seconds(later_s: float, known: bool) -> None:  # noqa: FBT001 (a table's column)
    guard = a_guard()
    assert guard.trust("a", HERE, 100.0)
    assert (guard.owner(HERE, 100.0 + later_s) == "a") == known


def test_each_answered_request_renews_it() -> None:
    guard = a_guard()
    guard.trust("a", HERE, 0.0)
    guard.trust("a", HERE, 29.0)
    assert guard.owner(HERE, 58.0) == "a"


def test_an_address_is_not_taken_from_a_connection_that_lives() -> None:
    guard = a_guard()
    guard.trust("a", HERE, 0.0)
    assert not guard.trust("b", HERE, 10.0)
    assert guard.owner(HERE, 10.0) == "a"


def test_an_address_that_has_gone_silent_may_be_another_s() -> None:
    replaced: list[Address] = []
    guard = a_guard(replaced)
    guard.trust("a", HERE, 0.0)
    assert guard.trust("b", HERE, 31.0)
    assert replaced == [HERE]
    guard.forget("a")
    assert guard.owner(HERE, 31.0) == "b"


def test_one_address_too_many_takes_the_place_of_the_one_that_was_silent_for_longest() -> None:
    replaced: list[Address] = []
    guard = a_guard(replaced)
    for port in range(MOST_ADDRESSES):
        assert guard.trust("a", at_port(port), port / 100)
    guard.trust("a", at_port(0), 1.0)
    assert guard.trust("a", HERE, 2.0)
    assert replaced == [at_port(1)]
    assert [guard.owner(address, 2.0) for address in (at_port(0), at_port(1), HERE)] == ["a", None, "a"]


def test_an_address_that_has_proved_itself_is_not_replaced_by_one_that_has_not() -> None:
    replaced: list[Address] = []
    guard = a_guard(replaced)
    guard.trust("a", HERE, 0.0)
    guard.prove("a", HERE)
    for port in range(10 * MOST_ADDRESSES):
        assert guard.trust("a", at_port(port), 1.0)
    assert guard.proven("a", HERE, 1.0)
    assert len(replaced) == 10 * MOST_ADDRESSES - (MOST_ADDRESSES - 1)
    assert HERE not in replaced


def test_where_all_have_proved_themselves_there_is_no_place_until_one_has_gone_silent() -> None:
    guard = a_guard()
    for port in range(MOST_ADDRESSES):
        guard.trust("a", at_port(port), port / 100)
        guard.prove("a", at_port(port))
    assert not guard.trust("a", HERE, 1.0)
    assert guard.trust("a", HERE, TRUST_S + 0.001)
    assert guard.owner(at_port(0), 1.0) is None


def test_proof_ends_with_trust_and_is_nobody_else_s() -> None:
    guard = a_guard()
    guard.trust("a", HERE, 0.0)
    guard.prove("b", HERE)
    guard.prove("a", at_port(1))  # has lost its place meanwhile
    assert not guard.proven("a", HERE, 0.0)
    guard.prove("a", HERE)
    assert guard.proven("a", HERE, TRUST_S)
    assert not guard.proven("a", HERE, TRUST_S + 1)
    guard.trust("a", HERE, TRUST_S + 2)
    assert not guard.proven("a", HERE, TRUST_S + 2)


def test_a_connection_that_is_forgotten_leaves_nothing() -> None:
    guard = a_guard()
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


def with_attributes(*lengths: int, beyond: int = 0) -> bytes:
    """A STUN message of attributes this long, which says that it ends `beyond` its end."""
    content = b"".join(
        b"\x80\x22" + length.to_bytes(2, "big") + bytes(length) + bytes(-length % 4) for length in lengths
    )
    return b"\x00\x01" + (len(content) + beyond).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + content


@pytest.mark.parametrize(
    ("datagram", "whole"),
    [
        (binding_request("ours:theirs", ("PRIORITY", 1), ("ICE-CONTROLLING", 2)), True),
        (with_attributes(), True),
        (with_attributes(1, 5, 0), True),
        (with_attributes(*[0] * MOST_ATTRIBUTES), True),
        (with_attributes(*[0] * (MOST_ATTRIBUTES + 1)), False),
        (with_attributes(LONGEST_DATAGRAM - 24), True),
        (with_attributes(LONGEST_DATAGRAM - 20), False),
        (with_attributes(5, beyond=4), False),
        (with_attributes(5)[:-1], False),
        (with_attributes(5, beyond=2) + b"\x80\x22", False),  # half an attribute
        (with_attributes(beyond=4) + b"\x80\x22\x00\x04", False),  # one that is not there
        (b"\x00\x01\x00", False),
        (b"", False),
    ],
)
def test_a_message_fills_its_datagram_with_a_few_attributes(datagram: bytes, whole: bool) -> None:  # noqa: FBT001 (a table's column)
    assert is_message(datagram) is whole
