"""A real Chromium with a fake camera that shows a clip, and what is looked at on every page it opens."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import av
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

FLAGS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
PHONE: Mapping[str, object] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESK: Mapping[str, object] = {"viewport": {"width": 1440, "height": 900}}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def chromium() -> str:
    """The browser's path; Debian's package, never a download."""
    found = shutil.which("chromium")
    if found is None:
        raise FileNotFoundError("the journeys need Chromium: sudo apt-get install chromium")
    return found


def as_camera(clip: Path, folder: Path) -> Path:
    """The clip as Chromium's fake camera reads it: pictures one after another (MJPEG)."""
    film = folder / f"{clip.stem}.mjpeg"
    if film.exists():
        return film
    with av.open(str(clip)) as source, av.open(str(film), "w", format="mjpeg") as target:
        stream = target.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuvj420p"
        stream.codec_context.qmin = stream.codec_context.qmax = 3
        for frame in source.decode(video=0):
            for packet in stream.encode(frame.reformat(format="yuvj420p")):
                target.mux(packet)
        for packet in stream.encode(None):
            target.mux(packet)
    return film


@asynccontextmanager
async def browser(camera: Path) -> AsyncIterator[Browser]:
    """One Chromium whose camera shows a film, and whose microphone beeps."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium(), args=[*FLAGS, f"--use-file-for-fake-video-capture={camera}"]
        )
        try:
            yield started
        finally:
            await started.close()


@asynccontextmanager
async def window(of: Browser, look: Mapping[str, object]) -> AsyncIterator[Page]:
    """A page with cookies of its own; whatever it reports as an error fails the test at the end."""
    context: BrowserContext = await of.new_context(
        locale="zh-CN",
        permissions=["camera", "microphone"],
        **look,  # type: ignore[arg-type]  # Playwright's keywords
    )
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    try:
        yield page
    finally:
        await context.close()
    assert not troubles, troubles


async def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA on the page as it stands."""
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]
