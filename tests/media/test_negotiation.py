import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.answer import OurEnd, OurSsrcs, write_answer
from media.encodings import Encoding
from media.frames import Codec, Kind
from media.negotiation import BadOffer, Way, read_offer

pytestmark = pytest.mark.unit

CHROMIUM = (Path(__file__).parent / "chromium_offer.sdp").read_text().replace("\n", "\r\n")
OURS = OurEnd(
    fragment="ours1234",
    password="p" * 32,
    fingerprints=[("sha-256", "AA:BB")],
    addresses=["192.0.2.1", "2001:db8::1"],
    port=8081,
    cname="cname",
    ssrcs={Kind.AUDIO: OurSsrcs(1, 2), Kind.VIDEO: OurSsrcs(3, 4)},
)
DIGEST = next(line for line in CHROMIUM.split("\r\n") if line.startswith("a=fingerprint:"))
ONE_OF_EACH = "the offer must have one audio section, one video section or both, and nothing else"
LARGE = "a=x:" + "y" * 100 + "\r\n"


def changed(*replacements: tuple[str, str], times: int = -1) -> str:
    offer = CHROMIUM
    for old, new in replacements:
        assert old in offer
        offer = offer.replace(old, new, times)
    return offer


NO_VP8 = ("VP8/90000", "VP7/90000")
NO_H264 = ("H264/90000", "H263/90000")
VP9_ONLY = changed(NO_VP8, NO_H264)


NO_PICTURE = "the offer has no VP8 and no H264 for video"


def check(offer: str, reason: str) -> None:
    with pytest.raises(BadOffer) as refused:
        read_offer(offer)
    assert refused.value.reason == reason


def sections(answer: str) -> list[list[str]]:
    return [section.split("\r\n") for section in answer.removesuffix("\r\n").split("\r\nm=")]


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        (LARGE * 700, "the offer is longer than 64 KiB"),
        ("很" * 30_000, "the offer is longer than 64 KiB"),
        (CHROMIUM + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 7, "the offer has more than 8 sections"),
        (CHROMIUM + "a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n" * 33, "the offer has more than 32 candidates"),
        ("", "not a session description"),
        ("{}", "not a session description"),
        (
            CHROMIUM + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
            ONE_OF_EACH,
        ),
        (CHROMIUM[: CHROMIUM.index("m=audio")], ONE_OF_EACH),
        (
            CHROMIUM + CHROMIUM[CHROMIUM.index("m=video") :],
            ONE_OF_EACH,
        ),
        (changed(("m=video 9 ", "m=video 0 ")), "the offer has no usable video section"),
        (changed(("m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 9 RTP/AVP")), "the offer has no usable audio section"),
        (changed(("opus/48000/2", "speex/16000")), "the offer has no OPUS for audio"),
        (VP9_ONLY, NO_PICTURE),
        (changed(NO_H264, ("rtpmap:96 VP8", "rtpmap:+96 VP8")), NO_PICTURE),
        (
            changed(NO_H264, ("rtpmap:96 VP8", "rtpmap:72 VP8"), (" 96 97 ", " 72 97 ")),
            NO_PICTURE,
        ),
        (
            changed(NO_VP8, ("packetization-mode=1", "packetization-mode=0")),
            NO_PICTURE,
        ),
        (changed(NO_VP8, ("level-id=42", "level-id=64")), NO_PICTURE),
        (changed(NO_VP8, ("level-id=42", "level-id=")), NO_PICTURE),
        (changed(("rtpmap:111 opus", "rtpmap:96 opus"), (" 111 63 ", " 96 63 ")), "a payload type is used twice"),
        (changed(("BUNDLE 0 1", "BUNDLE 0")), "audio and video must be bundled"),
        (changed(("a=group:BUNDLE 0 1\r\n", "")), "audio and video must be bundled"),
        (changed(("a=mid:1", "a=mid:0")), "audio and video must be bundled"),
        (changed(("a=mid:1", "a=mid:1 b")), "the offer has no valid section name"),
        (changed(("a=mid:1", "a=mid:" + "1" * 17)), "the offer has no valid section name"),
        (changed(("a=rtcp-mux\r\n", "")), "RTP and RTCP must share one port"),
        (changed(("a=sendrecv", "a=inactive")), "a section of the offer is inactive"),
        (changed(("a=setup:actpass", "a=setup:passive")), "the offer must let us be the DTLS server"),
        (changed(("a=setup:actpass\r\n", "")), "the offer must let us be the DTLS server"),
        (changed(("s=-", "s=-\r\na=ice-lite")), "the offer must be a browser's, not another server's"),
        (changed(("a=ice-ufrag:", "a=ice-ufrag:;")), "the offer has no valid ICE user fragment"),
        (changed(("a=ice-pwd:", "a=x:")), "the offer has no valid ICE password"),
        (changed((DIGEST, "a=fingerprint:sha-1 00")), "the offer has no valid certificate fingerprint"),
        (changed((DIGEST, DIGEST[:-2])), "the offer has no valid certificate fingerprint"),
        (changed((DIGEST, (DIGEST + "\r\n") * 9)), "the offer has no valid certificate fingerprint"),
    ],
)
def test_an_offer_that_we_cannot_serve_is_refused_with_one_reason(offer: str, reason: str) -> None:
    check(offer, reason)


def test_chromium_s_own_offer_is_understood() -> None:
    offer = read_offer(CHROMIUM)
    audio, video = offer.section(Kind.AUDIO), offer.section(Kind.VIDEO)
    assert audio is not None
    assert video is not None
    feedback = ("nack", "nack pli", "ccm fir", "goog-remb")
    baseline = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
    assert (audio.mid, video.mid) == ("0", "1")
    assert audio.encodings == (Encoding(Codec.OPUS, 111, None, (), "minptime=10;useinbandfec=1"),)
    assert video.encodings == (
        Encoding(Codec.VP8, 96, 97, feedback, ""),
        Encoding(Codec.H264, 108, 109, feedback, baseline),
    )
    assert (audio.mid_extension, video.mid_extension) == (4, 4)
    assert (audio.direction, video.direction) == ("sendrecv", "sendrecv")
    assert [algorithm for algorithm, _ in offer.fingerprints] == ["sha-256"]


def test_lines_that_end_with_a_line_feed_alone_are_the_same_offer() -> None:
    assert read_offer(CHROMIUM.replace("\r\n", "\n")) == read_offer(CHROMIUM)


@pytest.mark.parametrize(
    ("offered", "answered"), [("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly")]
)
def test_the_answer_s_direction_mirrors_the_offer_s(offered: str, answered: str) -> None:
    offer = read_offer(changed(("a=sendrecv", f"a={offered}")))
    assert [section.direction for section in offer.sections] == [answered] * 2
    promised = "a=ssrc:3 cname:cname" in write_answer(offer, OURS)
    assert promised == (answered != "recvonly")


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("offered", ["sendrecv", "sendonly", "recvonly"])
def test_media_goes_no_other_way_than_it_may(way: Way, offered: str) -> None:
    text = changed(("a=sendrecv", f"a={offered}"))
    mirrored = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly"}[offered]
    if mirrored in ("sendrecv", {Way.BOTH: mirrored, Way.IN: "recvonly", Way.OUT: "sendonly"}[way]):
        expected = {Way.BOTH: mirrored, Way.IN: "recvonly", Way.OUT: "sendonly"}[way]
        assert [section.direction for section in read_offer(text, way).sections] == [expected] * 2
        return
    with pytest.raises(BadOffer) as refused:
        read_offer(text, way)
    assert refused.value.reason == {Way.IN: "the offer must send", Way.OUT: "the offer must receive"}[way]


@pytest.mark.parametrize("kind", Kind)
def test_a_device_may_have_a_camera_alone_or_a_microphone_alone(kind: Kind) -> None:
    session, audio, video = CHROMIUM.partition("m=audio")[0], *sections_of_chromium()
    alone = {Kind.AUDIO: audio, Kind.VIDEO: video}[kind]
    mid = alone.partition("a=mid:")[2][0]
    for group, answered in ((f"a=group:BUNDLE {mid}", True), ("a=x", False)):  # nothing to be bundled with
        offer = read_offer(session.replace("a=group:BUNDLE 0 1", group) + alone)
        other = next(one for one in Kind if one is not kind)
        assert [section.kind for section in offer.sections] == [kind]
        assert offer.section(other) is None
        answer = write_answer(offer, OURS)
        assert answer.count("\r\nm=") == 1
        assert ("a=candidate:1 1 udp" in answer, "a=group:BUNDLE" in answer) == (True, answered)


def test_a_section_without_a_port_is_taken_where_it_goes_with_the_first_one() -> None:
    bundle_only = changed(("m=video 9 ", "m=video 0 "), ("a=mid:1", "a=bundle-only\r\na=mid:1"))
    assert read_offer(bundle_only) == read_offer(CHROMIUM)


def sections_of_chromium() -> tuple[str, str]:
    audio, _, video = CHROMIUM[CHROMIUM.index("m=audio") :].partition("m=video")
    return audio, f"m=video{video}"


def test_the_answer_takes_up_what_was_offered_and_nothing_else() -> None:
    session, audio, video = sections(write_answer(read_offer(CHROMIUM), OURS))
    assert "a=group:BUNDLE 0 1" in session
    assert audio[0] == "audio 9 UDP/TLS/RTP/SAVPF 111"
    assert video[0] == "video 9 UDP/TLS/RTP/SAVPF 96 97 108 109"
    for section in (audio, video):
        assert {"a=setup:passive", "a=sendrecv", "a=rtcp-mux", "a=ice-ufrag:ours1234"} <= set(section)
        assert "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid" in section
    assert [line for line in video if "rtcp-fb" in line] == [
        "a=rtcp-fb:96 nack",
        "a=rtcp-fb:96 nack pli",
        "a=rtcp-fb:96 ccm fir",
        "a=rtcp-fb:96 goog-remb",
        "a=rtcp-fb:108 nack",
        "a=rtcp-fb:108 nack pli",
        "a=rtcp-fb:108 ccm fir",
        "a=rtcp-fb:108 goog-remb",
    ]
    assert [line for line in video if "rtpmap" in line or "fmtp" in line] == [
        "a=rtpmap:96 VP8/90000",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        "a=rtpmap:108 H264/90000",
        "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        "a=rtpmap:109 rtx/90000",
        "a=fmtp:109 apt=108",
    ]
    assert [line for line in video if line.startswith("a=ssrc")] == [
        "a=ssrc:3 cname:cname",
        "a=ssrc:4 cname:cname",
        "a=ssrc-group:FID 3 4",
    ]


def test_the_answer_names_our_own_candidates_only_and_that_they_are_all() -> None:
    offer = CHROMIUM + "a=candidate:1 1 udp 2122260223 10.0.0.7 5000 typ host\r\na=end-of-candidates\r\n"
    _, audio, video = sections(write_answer(read_offer(offer), OURS))
    assert [line for line in audio + video if "candidate" in line] == [
        "a=candidate:1 1 udp 2130706431 192.0.2.1 8081 typ host",
        "a=candidate:2 1 udp 2130706175 2001:db8::1 8081 typ host",
        "a=end-of-candidates",
    ]


def test_a_browser_without_rtx_feedback_or_section_extension_is_served_without() -> None:
    plain = changed(
        NO_H264, ("apt=96", "apt=95"), ("urn:ietf:params:rtp-hdrext:sdes:mid", "urn:x"), ("a=rtcp-fb:96 ", "a=x:")
    )
    offer = read_offer(plain)
    video = offer.section(Kind.VIDEO)
    assert video is not None
    assert video.encodings == (Encoding(Codec.VP8, 96, None, (), ""),)
    assert video.mid_extension is None
    answer = write_answer(offer, OURS)
    assert "rtx" not in answer
    assert "a=ssrc:4" not in answer


ASYMMETRY = "level-asymmetry-allowed=1;"
BASELINE = "packetization-mode=1;profile-level-id=42001f"
CONSTRAINED = "packetization-mode=1;profile-level-id=42e01f"


@pytest.mark.parametrize(
    ("name", "offer", "payload_type", "says"),
    [
        ("the constrained one", changed(NO_VP8), 108, ASYMMETRY + CONSTRAINED),
        ("the plain one", changed(NO_VP8, ("42e01f", "4d001f")), 102, ASYMMETRY + BASELINE),
        ("the same level both ways", changed(NO_VP8, (ASYMMETRY, "")), 108, CONSTRAINED),
        (
            "in capitals",
            changed(NO_VP8, ("profile-level-id=42e", " Profile-Level-Id=42E")),
            108,
            ASYMMETRY + CONSTRAINED,
        ),
    ],
)
def test_without_vp8_the_h264_that_every_decoder_has_is_taken(
    name: str, offer: str, payload_type: int, says: str
) -> None:
    video = read_offer(offer).section(Kind.VIDEO)
    assert video is not None
    (encoding,) = video.encodings
    assert (encoding.codec, encoding.payload_type, encoding.parameters) == (Codec.H264, payload_type, says)
    assert encoding.rtx_payload_type == payload_type + 1
    assert f"a=fmtp:{payload_type} {says}\r\n" in write_answer(read_offer(offer), OURS)


def test_feedback_for_all_payload_types_counts_for_ours() -> None:
    offer = read_offer(changed(("a=rtcp-fb:96 nack pli", "a=rtcp-fb:* nack pli")))
    video = offer.section(Kind.VIDEO)
    assert video is not None
    assert "nack pli" in video.encodings[0].feedback


LINES = CHROMIUM.split("\r\n")
FIELDS = st.text(st.characters(codec="utf-8"), max_size=40)


@given(
    st.lists(
        st.one_of(
            st.sampled_from(LINES),
            FIELDS,
            st.builds("{}{}".format, st.sampled_from([line[:12] for line in LINES]), FIELDS),
        ),
        max_size=60,
    )
)
def test_no_text_raises_anything_but_one_refusal(lines: list[str]) -> None:
    for text in ("\r\n".join(lines), "\r\n".join(LINES[:9] + lines + LINES[9:])):
        with contextlib.suppress(BadOffer):
            write_answer(read_offer(text), OURS)


@given(st.data())
def test_an_offer_with_characters_changed_is_served_or_refused(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(CHROMIUM)))
    length = data.draw(st.integers(0, 12))
    text = CHROMIUM[:position] + data.draw(FIELDS) + CHROMIUM[position + length :]
    try:
        answer = write_answer(read_offer(text), OURS)
    except BadOffer:
        return
    assert all(
        line[:2] in ("v=", "o=", "s=", "t=", "a=", "m=", "c=") for line in answer.removesuffix("\r\n").split("\r\n")
    )
