"""What the bench writes, our server reads; what servers write, the bench reads."""

import pytest

from bench.description import End, Ssrcs, answer, offer, read
from media.answer import OurEnd, OurSsrcs, write_answer
from media.frames import Kind
from media.negotiation import read_offer

pytestmark = pytest.mark.unit

END = End("frag", "p" * 24, ":".join(["AB"] * 32), (("127.0.0.1", 4000),))
SSRCS = Ssrcs(audio=11, video=22, rtx=33)


def test_our_server_reads_the_offer_and_the_bench_reads_its_answer() -> None:
    read_by_us = read_offer(offer(END, SSRCS, "sendrecv"))
    assert (read_by_us.fragment, read_by_us.password) == (END.fragment, END.password)
    video = read_by_us.section(Kind.VIDEO)
    assert video is not None
    assert video.encodings[0].rtx_payload_type == 97
    ours = OurEnd(
        fragment="ours",
        password="q" * 24,
        fingerprints=[("sha-256", END.fingerprint)],
        addresses=["127.0.0.1"],
        port=8081,
        cname="x",
        ssrcs={kind: OurSsrcs(media=1, rtx=2) for kind in Kind},
    )
    told = read(write_answer(read_by_us, ours))
    assert told.end == End("ours", "q" * 24, END.fingerprint, (("127.0.0.1", 8081),))
    assert not told.active
    assert [(section.kind, section.mid) for section in told.sections] == [(Kind.AUDIO, "0"), (Kind.VIDEO, "1")]


def test_an_answer_takes_the_payload_types_that_were_offered() -> None:
    theirs = (
        offer(END, SSRCS, "sendonly").replace("111", "98").replace("m=video 9 UDP/TLS/RTP/SAVPF 96", "m=video 9 X 96")
    )
    told = answer(read(theirs), END)
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 98\r\n" in told
    assert "a=rtpmap:98 opus/48000/2\r\n" in told
    assert "a=setup:active\r\n" in told
    assert "a=ssrc" not in told
