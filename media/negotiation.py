"""A browser's offer, read: plain text in, what we take up of it out, and one clear refusal for everything else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from media.encodings import CODECS, Encoding, encodings_in
from media.frames import Codec, Kind
from media.rtp import LONGEST_MID
from media.sdp import last_of, number_in, sections_of, values_of

LONGEST_OFFER = 64 << 10  # bytes; Chromium's own is 6 KiB
MOST_LINES = 1000  # Chromium's own has 150
MOST_SECTIONS = 8
MOST_CANDIDATES = 32

MID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:mid"
ANSWER_DIRECTION = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly"}
HASH_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}

_TOKEN = re.compile(r"[A-Za-z0-9_-]+")  # narrower than RFC 4566's; browsers write numbers or letters
_FRAGMENT = re.compile(r"[A-Za-z0-9+/]{4,256}")  # RFC 8839 §5.4
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_FINGERPRINT = re.compile(r"(?:[0-9A-F]{2}:)+[0-9A-F]{2}")


class Way(StrEnum):
    """Which way media may go on a connection, whatever more is offered."""

    BOTH = "both"
    IN = "in"  # to us: what a device publishes
    OUT = "out"  # from us: what a viewer sees


DIRECTIONS = {
    Way.BOTH: ANSWER_DIRECTION,
    Way.IN: {"sendrecv": "recvonly", "sendonly": "recvonly"},
    Way.OUT: {"sendrecv": "sendonly", "recvonly": "sendonly"},
}


class BadOffer(Exception):
    """The offer is refused; `reason` is a sentence for the one who wrote the page."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Section:
    """One kind in the offer, as far as we take it up."""

    kind: Kind
    mid: str
    direction: str  # ours: what the answer says
    encodings: tuple[Encoding, ...]  # at least one; the browser sends the first, or else another
    mid_extension: int | None  # 1–14: what the one-byte form can say

    @property
    def codecs(self) -> tuple[Codec, ...]:
        return tuple(encoding.codec for encoding in self.encodings)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a browser offers; sections in its order, and no candidates: its address is learned from its own checks."""

    fragment: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]  # algorithm, value
    sections: tuple[Section, ...]  # one of each kind, or of one kind alone
    bundled: bool  # the answer names the group if the offer did

    def section(self, kind: Kind) -> Section | None:
        return next((section for section in self.sections if section.kind is kind), None)

    def preferring(self, codec: Codec) -> "Offer":
        """The same with this codec before others, where it is offered: browsers send what the answer names first."""
        sections = (
            replace(section, encodings=tuple(sorted(section.encodings, key=lambda one: one.codec is not codec)))
            for section in self.sections
        )
        return replace(self, sections=tuple(sections))


def read_offer(text: str, way: Way = Way.BOTH) -> Offer:
    """The offer in `text`, as far as media may go that `way`, or BadOffer.

    One pass, linear in the text: a general parser takes seconds over 60 KB of `a=rtcp-fb:*` lines.
    """
    if len(text) > LONGEST_OFFER or len(text.encode("utf-8", "replace")) > LONGEST_OFFER:
        raise BadOffer("the offer is longer than 64 KiB")
    if text.count("\n") > MOST_LINES:
        raise BadOffer("the offer has more than 1,000 lines")
    lines = text.split("\r\n") if "\r\n" in text else text.split("\n")
    if sum(line.startswith("m=") for line in lines) > MOST_SECTIONS:
        raise BadOffer("the offer has more than 8 sections")
    if sum(line.startswith("a=candidate:") for line in lines) > MOST_CANDIDATES:
        raise BadOffer("the offer has more than 32 candidates")
    if not lines[0].startswith("v=0"):
        raise BadOffer("not a session description")
    session, *sections = sections_of(lines)
    kinds = [section[0].split(" ", 1)[0] for section in sections]
    if not kinds or set(kinds) - {"m=audio", "m=video"} or len(set(kinds)) < len(kinds):
        # RFC 9725 §4.4.3: better refused as a whole than taken in part, by whoever then believes that all is well.
        raise BadOffer("the offer must have one audio section, one video section or both, and nothing else")
    read = tuple(_read_section(section, way) for section in sections)
    bundled = _bundles(session, {section.mid for section in read}, len(read))
    if len(read) > 1 and not bundled:
        raise BadOffer("audio and video must be bundled")
    encodings = [encoding for section in read for encoding in section.encodings]
    numbers = [number for one in encodings for number in (one.payload_type, one.rtx_payload_type)]
    used = [number for number in numbers if number is not None]
    if len(set(used)) < len(used):
        raise BadOffer("a payload type is used twice")
    # RFC 8843 §7.2: of bundled sections the first one's transport counts.
    transport = [*session, *sections[0]]
    if "a=ice-lite" in transport:
        raise BadOffer("the offer must be a browser's, not another server's")
    if last_of(transport, "setup") not in ("actpass", "active"):
        raise BadOffer("the offer must let us be the DTLS server")
    return Offer(
        fragment=_matching(_FRAGMENT, last_of(transport, "ice-ufrag"), "ICE user fragment"),
        password=_matching(_PASSWORD, last_of(transport, "ice-pwd"), "ICE password"),
        fingerprints=_fingerprints(transport),
        sections=read,
        bundled=bundled,
    )


def _matching(pattern: re.Pattern[str], value: str, name: str) -> str:
    if not pattern.fullmatch(value):
        raise BadOffer(f"the offer has no valid {name}")
    return value


def _bundles(session: Sequence[str], mids: set[str], sections: int) -> bool:
    groups = (value.split() for value in values_of(session, "group"))
    return len(mids) == sections and any(group[:1] == ["BUNDLE"] and mids <= set(group[1:]) for group in groups)


def _fingerprints(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for value in values_of(lines, "fingerprint"):
        algorithm, _, digest = value.partition(" ")
        algorithm, digest = algorithm.lower(), digest.strip().upper()
        if algorithm in HASH_BYTES:
            if not _FINGERPRINT.fullmatch(digest) or len(digest) != 3 * HASH_BYTES[algorithm] - 1:
                raise BadOffer("the offer has no valid certificate fingerprint")
            found.append((algorithm, digest))
    if not found or len(found) > MOST_SECTIONS:
        raise BadOffer("the offer has no valid certificate fingerprint")
    return tuple(found)


def _read_section(lines: Sequence[str], way: Way) -> Section:
    kind = Kind(lines[0].split(" ", 1)[0][2:])
    _, port, profile, *formats = [*lines[0].split(" "), "", ""]
    refused = port == "0" and "a=bundle-only" not in lines  # RFC 8843 §6: that one has no port of its own to name
    if refused or profile != "UDP/TLS/RTP/SAVPF":
        raise BadOffer(f"the offer has no usable {kind} section")
    if "a=rtcp-mux" not in lines:
        raise BadOffer("RTP and RTCP must share one port")
    mid = _matching(_TOKEN, last_of(lines, "mid"), "section name")
    if len(mid) > LONGEST_MID:
        raise BadOffer("the offer has no valid section name")
    offered = {number_in(text) for text in formats}
    encodings = tuple(encodings_in(lines, kind, offered))
    if not encodings:
        raise BadOffer(f"the offer has no {' and no '.join(codec.upper() for codec in CODECS[kind])} for {kind}")
    return Section(
        kind=kind,
        mid=mid,
        direction=_direction(lines, way),
        encodings=encodings,
        mid_extension=_mid_extension(lines),
    )


def _direction(lines: Sequence[str], way: Way) -> str:
    if "a=inactive" in lines:
        raise BadOffer("a section of the offer is inactive")
    offered = next((line[2:] for line in lines if line.startswith("a=") and line[2:] in ANSWER_DIRECTION), "sendrecv")
    if offered not in DIRECTIONS[way]:
        raise BadOffer("the offer must " + ("send" if way is Way.IN else "receive"))
    return DIRECTIONS[way][offered]


def _mid_extension(lines: Sequence[str]) -> int | None:
    for value in values_of(lines, "extmap"):
        number, _, uri = value.partition(" ")
        extension_id = number_in(number.partition("/")[0])
        if uri == MID_EXTENSION and 1 <= extension_id <= 14:
            return extension_id
    return None
