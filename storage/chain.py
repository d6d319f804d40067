"""The arithmetic of a hash chain: each link's digest covers its content and the digest before it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

GENESIS = "0" * 64  # stands where the first link's `previous` would be


@dataclass(frozen=True, slots=True)
class Link:
    """One link. `n` counts from 1; `content` is everything the digest covers, without `previous` and `digest`."""

    n: int
    content: Mapping[str, object]
    previous: str
    digest: str


def canonical(content: Mapping[str, object]) -> bytes:
    """The one way `content` is written for hashing: JSON, keys sorted, no spaces, UTF-8.

    Numbers are written as Python's json does, the shortest form that reads back the same; NaN is a ValueError.
    """
    return json.dumps(
        dict(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def digest(previous: str, content: Mapping[str, object]) -> str:
    """SHA-256 in hexadecimal over `previous`, a line feed and the canonical content: sha256sum can do it again."""
    return hashlib.sha256(previous.encode() + b"\n" + canonical(content)).hexdigest()


def link(after: Link | None, content: Mapping[str, object]) -> Link:
    """The link that follows `after`; None starts a chain."""
    previous = GENESIS if after is None else after.digest
    return Link(
        n=1 if after is None else after.n + 1, content=content, previous=previous, digest=digest(previous, content)
    )


def first_break(links: Iterable[Link], after: Link | None = None) -> int | None:
    """The place of the first link that does not follow from the one before it, or None if all do.

    Finds a change, a gap, an insertion and a new order. A chain cut off at its end is still a chain: only a head that
    was written down elsewhere shows that.
    """
    last = after
    for found in links:
        if not _follows(found, last):
            return 1 if last is None else last.n + 1
        last = found
    return None


def _follows(found: Link, last: Link | None) -> bool:
    try:
        return found == link(last, found.content)
    except (ValueError, TypeError):  # bytes, half a character: JSON cannot say it, so we have never written it
        return False
