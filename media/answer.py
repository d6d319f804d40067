"""Our answer to an offer, written: one transport, complete, nothing to be trickled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from media.encodings import Encoding
from media.frames import Codec, Kind
from media.negotiation import MID_EXTENSION, Offer, Section

RTPMAP = {Codec.OPUS: "opus/48000/2", Codec.VP8: "VP8/90000", Codec.H264: "H264/90000"}


@dataclass(frozen=True, slots=True)
class OurSsrcs:
    media: int
    rtx: int


@dataclass(frozen=True, slots=True)
class OurEnd:
    """What the answer says of us."""

    fragment: str
    password: str
    fingerprints: Sequence[tuple[str, str]]
    addresses: Sequence[str]
    port: int
    cname: str
    ssrcs: Mapping[Kind, OurSsrcs]


def write_answer(offer: Offer, ours: OurEnd) -> str:
    """The answer as SDP, in the order of the offer's sections."""
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        *(["a=group:BUNDLE " + " ".join(section.mid for section in offer.sections)] if offer.bundled else []),
        "a=msid-semantic: WMS *",
    ]
    for section in offer.sections:
        lines += _section_lines(section, ours)
        if section is offer.sections[0]:
            lines += _candidate_lines(ours)
    return "\r\n".join(lines) + "\r\n"


def _section_lines(section: Section, ours: OurEnd) -> Iterator[str]:
    kind, encodings = section.kind, section.encodings
    numbers = [number for one in encodings for number in (one.payload_type, one.rtx_payload_type)]
    formats = " ".join(str(number) for number in numbers if number is not None)
    yield f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}"
    yield "c=IN IP4 0.0.0.0"
    yield f"a=mid:{section.mid}"
    yield f"a=ice-ufrag:{ours.fragment}"
    yield f"a=ice-pwd:{ours.password}"
    yield from (f"a=fingerprint:{algorithm} {value}" for algorithm, value in ours.fingerprints)
    # We are the DTLS server: the server chooses the SRTP profile, and ours is AES-256-GCM.
    yield "a=setup:passive"
    yield f"a={section.direction}"
    yield "a=rtcp-mux"
    yield "a=rtcp-rsize"
    if section.mid_extension is not None:
        yield f"a=extmap:{section.mid_extension} {MID_EXTENSION}"
    for encoding in encodings:
        yield from _encoding_lines(encoding)
    if section.direction != "recvonly":
        ssrcs = ours.ssrcs[kind]
        yield f"a=msid:{ours.cname} {kind}"
        # Chromium takes the first SSRC of a section for the one with the pictures, whatever the group says.
        yield f"a=ssrc:{ssrcs.media} cname:{ours.cname}"
        if any(one.rtx_payload_type is not None for one in encodings):
            yield f"a=ssrc:{ssrcs.rtx} cname:{ours.cname}"
            yield f"a=ssrc-group:FID {ssrcs.media} {ssrcs.rtx}"


def _encoding_lines(encoding: Encoding) -> Iterator[str]:
    number, rtx = encoding.payload_type, encoding.rtx_payload_type
    yield f"a=rtpmap:{number} {RTPMAP[encoding.codec]}"
    yield from (f"a=rtcp-fb:{number} {name}" for name in encoding.feedback)
    if encoding.parameters:
        yield f"a=fmtp:{number} {encoding.parameters}"
    if rtx is not None:
        yield f"a=rtpmap:{rtx} rtx/90000"
        yield f"a=fmtp:{rtx} apt={number}"


def _candidate_lines(ours: OurEnd) -> Iterator[str]:
    for index, address in enumerate(ours.addresses):
        priority = (126 << 24) + (65535 - index << 8) + 255  # RFC 8445 §5.1.2: host, component 1, in our order
        yield f"a=candidate:{index + 1} 1 udp {priority} {address} {ours.port} typ host"
    yield "a=end-of-candidates"
