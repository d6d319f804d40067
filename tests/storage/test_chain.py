import dataclasses
import hashlib
import json
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storage.chain import GENESIS, Link, canonical, digest, first_break, link

pytestmark = pytest.mark.unit

values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text('ab张\n😀"\\')
)
contents = st.dictionaries(st.text("abc", max_size=3), values | st.lists(values, max_size=3), max_size=4)


def chain(of: Sequence[dict[str, object]]) -> list[Link]:
    links: list[Link] = []
    for content in of:
        links.append(link(links[-1] if links else None, content))
    return links


def test_canonical_json_has_sorted_keys_no_spaces_and_plain_utf8() -> None:
    assert canonical({"b": [1, 2.5, None], "a": "张\n"}) == '{"a":"张\\n","b":[1,2.5,null]}'.encode()


def test_a_digest_can_be_computed_again_with_sha256sum_alone() -> None:
    line = GENESIS.encode() + b"\n" + b'{"a":1}'
    assert digest(GENESIS, {"a": 1}) == hashlib.sha256(line).hexdigest()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_json_cannot_say_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"score": number})


@given(contents)
def test_what_is_read_back_hashes_the_same(content: dict[str, object]) -> None:
    assert canonical(json.loads(canonical(content))) == canonical(content)


@given(st.lists(contents, max_size=6))
def test_an_untouched_chain_has_no_break(of: list[dict[str, object]]) -> None:
    assert first_break(chain(of)) is None


@given(st.lists(contents, min_size=1, max_size=6), st.data())
def test_changed_content_is_found_at_its_place(of: list[dict[str, object]], data: st.DataObject) -> None:
    links = chain(of)
    at = data.draw(st.integers(0, len(links) - 1))
    other = data.draw(contents)
    assume(canonical(other) != canonical(links[at].content))
    links[at] = dataclasses.replace(links[at], content=other)
    assert first_break(links) == at + 1


@given(st.lists(contents, min_size=2, max_size=6), st.data())
def test_a_missing_link_is_found_at_its_place(of: list[dict[str, object]], data: st.DataObject) -> None:
    links = chain(of)
    at = data.draw(st.integers(0, len(links) - 2))
    del links[at]
    assert first_break(links) == at + 1


@given(st.lists(contents, min_size=2, max_size=6), st.data())
def test_another_order_is_found(of: list[dict[str, object]], data: st.DataObject) -> None:
    links = chain(of)
    at = data.draw(st.integers(0, len(links) - 2))
    links[at], links[at + 1] = links[at + 1], links[at]
    assert first_break(links) == at + 1


@given(st.lists(contents, min_size=1, max_size=6), st.data())
def test_an_inserted_link_is_found(of: list[dict[str, object]], data: st.DataObject) -> None:
    links = chain(of)
    at = data.draw(st.integers(0, len(links) - 1))
    links.insert(at, link(links[at - 1] if at else None, {"inserted": True}))
    assert first_break(links) == at + 2


@given(st.lists(contents, min_size=1, max_size=6), st.data())
def test_a_chain_can_be_checked_in_parts(of: list[dict[str, object]], data: st.DataObject) -> None:
    links = chain(of)
    at = data.draw(st.integers(1, len(links)))
    assert first_break(links[at:], after=links[at - 1]) is None
    rewritten = chain([{"another": "beginning"}, *of[1:]])
    assert first_break(rewritten[at:], after=links[at - 1]) == (None if at == len(links) else at + 1)


def test_a_chain_cut_off_at_its_end_is_still_a_chain() -> None:
    links = chain([{"a": 1}, {"a": 2}])
    assert first_break(links[:1]) is None  # only a head written down elsewhere shows it


@pytest.mark.parametrize("never_written", [b"\0", "half \udcff a character", float("nan")])
def test_what_json_cannot_say_is_a_break_and_no_crash(never_written: object) -> None:
    links = chain([{"a": 1}, {"a": 2}])
    links[1] = dataclasses.replace(links[1], content={"a": never_written})
    assert first_break(links) == 2
