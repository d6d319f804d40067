"""The codecs of an offered section: those that we take up, their numbers, and what the answer says of each."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from media.frames import CLOCK_RATE, Codec, Kind
from media.sdp import number_in, values_of

CODECS = {Kind.AUDIO: (Codec.OPUS,), Kind.VIDEO: (Codec.VP8, Codec.H264)}  # what we would have, first to last
FEEDBACK = {Kind.AUDIO: (), Kind.VIDEO: ("nack", "nack pli", "ccm fir", "goog-remb")}
OPUS_PARAMETERS = "minptime=10;useinbandfec=1"

_PROFILE = re.compile(r"42[0-9a-f]{4}")


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec that the browser may send and receive, and the numbers that it gives it."""

    codec: Codec
    payload_type: int
    rtx_payload_type: int | None
    feedback: tuple[str, ...]
    parameters: str  # what the answer says in its fmtp line


def encodings_in(lines: Sequence[str], kind: Kind, offered: set[int]) -> Iterator[Encoding]:
    """Of each codec one that the section offers; 72–76 would look like RTCP (RFC 5761 §4)."""
    names: dict[int, str] = {}
    for number, _, name in _triples(lines, "rtpmap"):
        names.setdefault(number_in(number), name.lower())
    parameters = {number_in(number): text for number, _, text in _triples(lines, "fmtp")}
    usable = [number for number in names if number in offered and 0 <= number < 128 and not 64 <= number < 96]
    for codec in CODECS[kind]:
        name = f"{codec}/{CLOCK_RATE[kind]}"
        numbers = [number for number in usable if names[number] == name or names[number].startswith(name + "/")]
        if codec is Codec.H264:
            numbers = _baseline(numbers, parameters)
        if numbers:
            rtx = (number for number in usable if names[number] == "rtx/90000" and kind is Kind.VIDEO)
            yield Encoding(
                codec=codec,
                payload_type=numbers[0],
                rtx_payload_type=next((number for number in rtx if _is_rtx_of(parameters, number, numbers[0])), None),
                feedback=_feedback(lines, kind, numbers[0]),
                parameters=_answered_parameters(codec, parameters.get(numbers[0], "")),
            )


def _triples(lines: Sequence[str], attribute: str) -> Iterator[tuple[str, str, str]]:
    return (value.partition(" ") for value in values_of(lines, attribute))


def _baseline(numbers: Sequence[int], parameters: Mapping[int, str]) -> list[int]:
    """Those of packetization-mode 1 and baseline that every decoder has (RFC 6184 §8.1), the constrained ones first."""
    constrained: list[int] = []
    others: list[int] = []
    for number in numbers:
        words = _words(parameters.get(number, ""))
        profile = words.get("profile-level-id", "")
        if words.get("packetization-mode") == "1" and _PROFILE.fullmatch(profile):
            (constrained if int(profile[2], 16) & 4 else others).append(number)
    return constrained + others


def _words(parameters: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in parameters.lower().split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _answered_parameters(codec: Codec, offered: str) -> str:
    if codec is Codec.OPUS:
        return OPUS_PARAMETERS
    if codec is Codec.VP8:
        return ""
    words = _words(offered)
    asymmetry = "level-asymmetry-allowed=1;" if words.get("level-asymmetry-allowed") == "1" else ""
    return f"{asymmetry}packetization-mode=1;profile-level-id={words['profile-level-id']}"


def _feedback(lines: Sequence[str], kind: Kind, payload_type: int) -> tuple[str, ...]:
    values = _triples(lines, "rtcp-fb")
    offered = {name for number, _, name in values if number in ("*", str(payload_type))}
    return tuple(name for name in FEEDBACK[kind] if name in offered)


def _is_rtx_of(parameters: Mapping[int, str], number: int, original: int) -> bool:
    return f"apt={original}" in parameters.get(number, "").replace(" ", "").split(";")
