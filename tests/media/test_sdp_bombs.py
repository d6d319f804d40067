"""Offers made to keep the server busy: 64 KiB of any shape cost no more than a few of Chromium's own offers do.

Work is counted in lines of Python, which no other process slows down; the code behind them is linear in its text.
"""

import asyncio

import pytest

from media.negotiation import LONGEST_OFFER, BadOffer, read_offer
from tests.fuzz.targets import ROOT, TARGETS, lines_executed
from tests.support.attacks import a_scene
from tests.support.two_peers import browser

pytestmark = pytest.mark.rim

CHROMIUM = (ROOT / "tests" / "media" / "chromium_offer.sdp").read_text(encoding="utf-8")
SESSION, AUDIO, VIDEO = (
    CHROMIUM.partition("m=audio")[0],
    "m=audio" + CHROMIUM.partition("m=audio")[2].partition("m=video")[0],
    "m=video" + CHROMIUM.partition("m=video")[2],
)
CANDIDATE = "a=candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host"
COSTS = 40  # of Chromium's own offer, at most

ALL_OVER = [
    "", "a", "a=", "a=:", "m", "v=0", "c=IN IP4 0.0.0.0", "b=AS:1", "a=x", "a=sendrecv", "a=inactive", "a=rtcp-mux",
    "a=ice-ufrag:", "a=ice-pwd:", "a=setup:", "a=mid:", "a=group:BUNDLE", "a=group:BUNDLE 0 1", "a=fingerprint:",
    "a=fingerprint:sha-1 x", "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), "a=rtcp-fb:* nack", "a=rtcp-fb:96 x",
    "a=rtpmap:", "a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96", "a=fmtp:97 apt=95;apt=94",
    "a=extmap:", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=ssrc:1 cname:x", "a=simulcast:send 1;2;3",
    "a=rid:1 send", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", "a=end-of-candidates", "\u4e2d", "\x00",
]  # fmt: skip
IN_ONE_LINE = {
    "a=group:BUNDLE 0 1 ": "x ",
    "a=fmtp:97 ": "apt=9;",
    "a=fmtp:97": " ",
    "a=rtcp-fb:96": " nack",
    "a=fingerprint:sha-256 ": "AB:",
    "a=ice-pwd:": "p",
    "a=mid:": "m",
    "a=extmap:4 ": "urn:",
    "a=": "\u4e2d",
    "m=application 9 UDP/DTLS/SCTP ": "webrtc-datachannel ",
}


def filled(line: str) -> str:
    """As many of this line as an offer has room for beside what it needs."""
    return (line + "\n") * ((LONGEST_OFFER - len(CHROMIUM.encode()) - 100) // len((line + "\n").encode()))


def work(offer: str) -> int:
    return lines_executed(lambda: TARGETS["sdp"].run(offer.encode()))


@pytest.mark.parametrize("line", ALL_OVER)
def test_as_many_lines_as_fit_cost_little(line: str) -> None:
    most = COSTS * work(CHROMIUM)
    bomb = filled(line)
    for offer in (bomb, SESSION + bomb + AUDIO + VIDEO, SESSION + AUDIO + bomb + VIDEO, SESSION + AUDIO + VIDEO + bomb):
        assert work(offer) <= most
        fewer = "\n".join(offer.split("\n")[:900])  # not so many that they are only counted
        assert work(fewer) <= most


@pytest.mark.parametrize("beginning", IN_ONE_LINE)
def test_a_line_as_long_as_fits_costs_little(beginning: str) -> None:
    unit = IN_ONE_LINE[beginning]
    line = beginning + unit * ((LONGEST_OFFER - len(CHROMIUM.encode()) - 100) // len(unit.encode())) + "\n"
    for offer in (line, SESSION + line + AUDIO + VIDEO, SESSION + AUDIO + line + VIDEO, SESSION + AUDIO + VIDEO + line):
        assert work(offer) <= COSTS * work(CHROMIUM)


def test_a_section_with_every_payload_type_there_is_again_and_again_costs_little() -> None:
    profile = "UDP/TLS/RTP/SAVPF"
    offer = CHROMIUM.replace(profile, profile + " 1" * 14_000)
    assert work(offer) <= COSTS * work(CHROMIUM)


@pytest.mark.parametrize(
    ("bomb", "why"),
    [
        (SESSION + (AUDIO + VIDEO) * 200, "longer than 64 KiB"),  # 400 sections, 1.1 s of a general parser
        (SESSION + "m=audio 9 UDP/TLS/RTP/SAVPF 111\n" * 400, "more than 8 sections"),
        ("v=0\n" + "a=" + "x" * (4 << 20), "longer than 64 KiB"),
        (CHROMIUM + (CANDIDATE + "\n") * 2000, "longer than 64 KiB"),
        (CHROMIUM + (CANDIDATE + "\n") * 33, "more than 32 candidates"),
        (CHROMIUM + "\n" * 1000, "more than 1,000 lines"),
        (CHROMIUM + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\n", "nothing else"),
    ],
    ids=["400 whole sections", "400 sections", "a line of 4 MiB", "2,000 candidates", "33", "lines", "a data channel"],
)
def test_a_bomb_is_refused_before_it_is_read_and_says_why(bomb: str, why: str) -> None:
    with pytest.raises(BadOffer, match=why):
        read_offer(bomb)
    if len(bomb) > LONGEST_OFFER:
        assert lines_executed(lambda: TARGETS["sdp"].run(bomb.encode())) < 20


async def test_bombs_that_a_browser_offers_in_mid_call_cost_nobody_a_frame_and_change_nothing() -> None:
    async with a_scene() as scene, browser() as again:
        bombs = [SESSION + AUDIO + filled(line) + VIDEO for line in ALL_OVER] + ["", "v=0", CHROMIUM[:-400] * 20]

        async def offered(frame: int) -> None:
            with pytest.raises(BadOffer):
                await scene.near.room.connect("subject", bombs[frame % len(bombs)] + "m=application 9 x y\n")
            await asyncio.sleep(0)

        assert await scene.play(len(bombs), offered) == [1, 1, 1, 1]
        assert scene.closed() == []
        await again.join(scene.near, "subject")
