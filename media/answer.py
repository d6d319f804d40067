"""Our answer to an offer, written: one transport, complete, nothing to be trickled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from media.frames import Kind
from media.negotiation import MID_EXTENSION, Offer, Section

FMTP = {Kind.AUDIO: "minptime=10;useinbandfec=1", Kind.VIDEO: None}


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
    kind, payload_type, rtx = section.kind, section.payload_type, section.rtx_payload_type
    formats = str(payload_type) if rtx is None else f"{payload_type} {rtx}"
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
    yield f"a=rtpmap:{payload_type} {'opus/48000/2' if kind is Kind.AUDIO else 'VP8/90000'}"
    yield from (f"a=rtcp-fb:{payload_type} {name}" for name in section.feedback)
    if FMTP[kind] is not None:
        yield f"a=fmtp:{payload_type} {FMTP[kind]}"
    if rtx is not None:
        yield f"a=rtpmap:{rtx} rtx/90000"
        yield f"a=fmtp:{rtx} apt={payload_type}"
    if section.direction != "recvonly":
        ssrcs = ours.ssrcs[kind]
        yield f"a=msid:{ours.cname} {kind}"
        # Chromium takes the first SSRC of a section for the one with the pictures, whatever the group says.
        yield f"a=ssrc:{ssrcs.media} cname:{ours.cname}"
        if rtx is not None:
            yield f"a=ssrc:{ssrcs.rtx} cname:{ours.cname}"
            yield f"a=ssrc-group:FID {ssrcs.media} {ssrcs.rtx}"


def _candidate_lines(ours: OurEnd) -> Iterator[str]:
    for index, address in enumerate(ours.addresses):
        priority = (126 << 24) + (65535 - index << 8) + 255  # RFC 8445 §5.1.2: host, component 1, in our order
        yield f"a=candidate:{index + 1} 1 udp {priority} {address} {ours.port} typ host"
    yield "a=end-of-candidates"
