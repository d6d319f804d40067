"""Session descriptions as the bench writes and reads them: one audio, one video, everything on one transport."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from media.frames import Kind

CODEC = {Kind.AUDIO: "opus/48000/2", Kind.VIDEO: "VP8/90000"}
PAYLOAD_TYPE = {Kind.AUDIO: 111, Kind.VIDEO: 96}
RTX = 97


@dataclass(frozen=True, slots=True)
class End:
    """Where one end is reached, and how it proves itself; `fingerprint` is a SHA-256."""

    fragment: str
    password: str
    fingerprint: str
    candidates: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Ssrcs:
    """What a publisher sends under; 0 for what only listens."""

    audio: int = 0
    video: int = 0
    rtx: int = 0

    def of(self, kind: Kind) -> int:
        return self.audio if kind is Kind.AUDIO else self.video


@dataclass(frozen=True, slots=True)
class Section:
    """One media section of another's description."""

    kind: Kind
    mid: str
    payload_types: Mapping[str, int]  # by codec, "rtx" among them


@dataclass(frozen=True, slots=True)
class Description:
    """What another end has said."""

    end: End
    active: bool
    """Whether it begins the DTLS handshake."""
    sections: tuple[Section, ...]


def offer(ours: End, ssrcs: Ssrcs, direction: str) -> str:
    """An offer of Opus and VP8 with RTX."""
    return _written(ours, ssrcs, direction, "actpass", ((Kind.AUDIO, "0", 111, None), (Kind.VIDEO, "1", 96, RTX)))


def answer(remote: Description, ours: End) -> str:
    """An answer that only listens, with the payload types that were offered."""
    sections = tuple(
        (section.kind, section.mid, section.payload_types[CODEC[section.kind].split("/")[0].lower()],
         section.payload_types.get("rtx"))
        for section in remote.sections
    )  # fmt: skip
    return _written(ours, Ssrcs(), "recvonly", "active", sections)


def read(text: str) -> Description:
    """An answer, or an offer, of a server under test; the server is trusted."""
    head, *bodies = text.replace("\r\n", "\n").split("\nm=")
    lines = text.replace("\r\n", "\n").split("\n")

    def first(name: str) -> str:
        return next(line.split(":", 1)[1] for line in lines if line.startswith(f"a={name}:"))

    candidates = []
    for line in lines:
        if line.startswith("a=candidate:"):
            fields = line.split()
            if fields[2].lower() == "udp" and fields[1] == "1" and ":" not in fields[4]:
                candidates.append((fields[4], int(fields[5])))
    end = End(first("ice-ufrag"), first("ice-pwd"), first("fingerprint").split()[1], tuple(dict.fromkeys(candidates)))
    return Description(end, first("setup") == "active", tuple(_section(body.split("\n")) for body in bodies))


def _section(lines: list[str]) -> Section:
    mid = next(line.split(":", 1)[1] for line in lines if line.startswith("a=mid:"))
    types: dict[str, int] = {}
    for line in lines:
        if line.startswith("a=rtpmap:"):
            number, _, name = line.removeprefix("a=rtpmap:").partition(" ")
            types.setdefault(name.split("/")[0].lower(), int(number))
    return Section(Kind(lines[0].split(" ", 1)[0]), mid, types)


def _written(
    ours: End, ssrcs: Ssrcs, direction: str, setup: str, sections: tuple[tuple[Kind, str, int, int | None], ...]
) -> str:
    def lines() -> Iterator[str]:
        yield from ("v=0", f"o=- {secrets.randbits(62)} 2 IN IP4 127.0.0.1", "s=-", "t=0 0")
        yield "a=group:BUNDLE " + " ".join(mid for _, mid, _, _ in sections)
        for kind, mid, payload_type, rtx in sections:
            yield f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload_type}" + (f" {rtx}" if rtx else "")
            yield from ("c=IN IP4 0.0.0.0", f"a=mid:{mid}", f"a={direction}", "a=rtcp-mux", f"a=setup:{setup}")
            yield from (f"a=ice-ufrag:{ours.fragment}", f"a=ice-pwd:{ours.password}")
            yield f"a=fingerprint:sha-256 {ours.fingerprint}"
            yield f"a=rtpmap:{payload_type} {CODEC[kind]}"
            if kind is Kind.VIDEO:
                yield from (f"a=rtcp-fb:{payload_type} {name}" for name in ("nack", "nack pli", "goog-remb"))
            if rtx:
                yield from (f"a=rtpmap:{rtx} rtx/90000", f"a=fmtp:{rtx} apt={payload_type}")
            if ssrcs.of(kind):
                yield f"a=msid:bench {kind}"
                yield f"a=ssrc:{ssrcs.of(kind)} cname:bench"
                if rtx:
                    yield from (f"a=ssrc:{ssrcs.rtx} cname:bench", f"a=ssrc-group:FID {ssrcs.video} {ssrcs.rtx}")
            for host, port in ours.candidates:
                yield f"a=candidate:1 1 udp 2130706431 {host} {port} typ host"
            yield "a=end-of-candidates"

    return "\r\n".join(lines()) + "\r\n"
