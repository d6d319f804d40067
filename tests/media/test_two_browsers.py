"""Two bare Chromium pages call each other through the media plane on one UDP port."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from playwright.async_api import Browser, Page, async_playwright

from media.plane import MediaPlane
from media.recording import WHOLE_WITH_H264
from media.room import Room

pytestmark = pytest.mark.journey

FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]

OFFER = """async (codec) => {
  window.media ??= await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 480 } });
  const began = performance.now();
  window.firstFrame = null;
  window.peer = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
  const shown = document.body.appendChild(document.createElement("video"));
  shown.muted = true;
  shown.autoplay = true;
  shown.srcObject = new MediaStream();
  shown.requestVideoFrameCallback(() => { window.firstFrame = performance.now() - began; });
  peer.ontrack = (event) => shown.srcObject.addTrack(event.track);
  for (const track of media.getTracks()) peer.addTransceiver(track, { direction: "sendrecv", streams: [media] });
  if (codec !== null) {
    const known = RTCRtpReceiver.getCapabilities("video").codecs;
    const kept = known.filter(({ mimeType }) => mimeType === codec || mimeType === "video/rtx");
    const video = peer.getTransceivers().find(({ receiver }) => receiver.track.kind === "video");
    video.setCodecPreferences(kept);
  }
  await peer.setLocalDescription(await peer.createOffer());
  return peer.localDescription.sdp;
}"""
ANSWER = "(sdp) => peer.setRemoteDescription({ type: 'answer', sdp })"
SEEN = """async ([frames, audio]) => {
  for (;;) {
    const report = [...(await peer.getStats()).values()];
    const inbound = (kind) => report.find((entry) => entry.type === "inbound-rtp" && entry.kind === kind) ?? {};
    const seen = {
      frames: inbound("video").framesDecoded ?? 0,
      audio: inbound("audio").packetsReceived ?? 0,
      codec: report.find(({ id }) => id === inbound("video").codecId)?.mimeType,
      cipher: report.find((entry) => entry.type === "transport")?.srtpCipher,
      first_frame_ms: firstFrame,
    };
    if (seen.frames > frames && seen.audio > audio && firstFrame !== null) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""

REACHES = """async (bitrate) => {
  for (;;) {
    const report = [...(await peer.getStats()).values()];
    const sent = report.find((entry) => entry.type === "outbound-rtp" && entry.kind === "video") ?? {};
    if (sent.targetBitrate >= bitrate) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    frames: int
    audio: int
    codec: str
    cipher: str
    first_frame_ms: float


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    plane = await MediaPlane.open("127.0.0.1", 0, ["127.0.0.1"], time.monotonic)
    room = plane.open_room("browsers", lambda seat, state: None, seats=2)
    room.watch("subject", "officer")
    room.watch("officer", "subject")
    yield room
    await plane.close()


class Caller:
    """A bare page that joins a seat."""

    def __init__(self, page: Page, room: Room, seat: str) -> None:
        self._page = page
        self._room = room
        self._seat = seat

    @classmethod
    async def open(cls, browser: Browser, room: Room, seat: str) -> "Caller":
        page = await browser.new_page()
        # Browsers give a camera only to secure pages; localhost counts as one.
        await page.route("http://localhost/", lambda route: route.fulfill(body="<!doctype html><body>"))
        await page.goto("http://localhost/")
        return cls(page, room, seat)

    async def join(self, codec: str | None = None) -> None:
        """`codec` is the only one of pictures that it offers, if it is not all it knows."""
        offer = await self._page.evaluate(OFFER, codec)
        await self._page.evaluate(ANSWER, await self._room.connect(self._seat, offer))

    async def reaches(self, bitrate: int) -> None:
        """Until the page's own picture may take so many bits a second."""
        async with asyncio.timeout(20):
            await self._page.evaluate(REACHES, bitrate)

    async def sees(self, frames: int, audio: int) -> Seen:
        """What the page has got of the other one, as soon as it is more than so many frames and packets of sound."""
        async with asyncio.timeout(20):
            return Seen(**await self._page.evaluate(SEEN, [frames, audio]))


async def test_both_browsers_see_and_hear_each_other_under_the_strongest_cipher(
    browser: Browser, room: Room, record_testsuite_property: Callable[[str, object], None]
) -> None:
    callers = [await Caller.open(browser, room, seat) for seat in ("subject", "officer")]
    for caller in callers:
        await caller.join()
    for caller in callers:
        seen = await caller.sees(20, 20)
        record_testsuite_property("from createOffer to the first frame, ms", seen.first_frame_ms)
        assert seen.cipher == "SRTP_AEAD_AES_256_GCM"


async def test_a_browser_is_given_a_megabit_and_more_by_the_default_ceiling(browser: Browser, room: Room) -> None:
    callers = [await Caller.open(browser, room, seat) for seat in ("subject", "officer")]
    for caller in callers:
        await caller.join()
    for caller in callers:
        await caller.reaches(1_000_000)


async def test_a_browser_that_comes_back_is_seen_on_the_same_stream(browser: Browser, room: Room) -> None:
    subject = await Caller.open(browser, room, "subject")
    officer = await Caller.open(browser, room, "officer")
    await subject.join()
    await officer.join()
    before = await officer.sees(20, 20)
    await subject.join()
    await subject.sees(20, 20)
    await officer.sees(before.frames + 20, before.audio + 20)


async def test_a_browser_that_knows_h264_only_and_one_that_knows_all_see_each_other(
    browser: Browser, room: Room, tmp_path: Path
) -> None:
    subject = await Caller.open(browser, room, "subject")
    officer = await Caller.open(browser, room, "officer")
    recording = room.record("subject", tmp_path, time.monotonic())
    await subject.join("video/H264")
    await officer.join()
    for caller in (subject, officer):
        seen = await caller.sees(20, 20)
        assert seen.codec == "video/H264"
    recorded = await recording.finish()
    assert recorded.path == tmp_path / WHOLE_WITH_H264
    with av.open(str(recorded.path)) as opened:
        assert sum(1 for _ in opened.decode(video=0)) >= 20


async def test_whoever_joins_with_h264_only_has_the_other_come_back_with_it(browser: Browser, room: Room) -> None:
    subject = await Caller.open(browser, room, "subject")
    officer = await Caller.open(browser, room, "officer")
    await officer.join()
    await subject.join("video/H264")
    assert (await officer.sees(20, 20)).codec == "video/H264"  # before it comes back itself
    await officer.join()
    assert (await subject.sees(20, 20)).codec == "video/H264"
