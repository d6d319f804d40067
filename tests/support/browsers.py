"""A real Chromium with a fake camera that shows a clip, and what is looked at on every page it opens."""

import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import av
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Playwright, Response, async_playwright

Look: TypeAlias = Mapping[str, Any]
"""How a browser window looks to its pages: Playwright's keywords for a new context."""

FLAGS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
PHONE: Look = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "permissions": ["camera", "microphone"],
}
DESK: Look = {"viewport": {"width": 1440, "height": 900}, "permissions": ["camera", "microphone"]}
NARROW: Look = {"viewport": {"width": 320, "height": 640}}
DARK: Look = {"color_scheme": "dark"}
NO_CAMERA: Look = {"permissions": []}  # what is not granted is refused, without a question that nobody would answer
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MISFITS = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = document.documentElement.scrollWidth > width;
  const words = (each) => [...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => node.data.trim()).join(" ");
  return [...document.querySelectorAll("body *")].filter((each) => each.checkVisibility()).flatMap((each) => {
    const box = each.getBoundingClientRect();
    const line = parseFloat(getComputedStyle(each).fontSize);
    const faults = [
      ["reaches out", scrolls && box.right > width + 1],
      ["is squeezed", words(each).length > 12 && box.width < 5 * line && box.height > 5 * line],
      ["is empty", each.matches(".tag") && !each.textContent.trim()],
    ];
    return faults.filter(([, holds]) => holds).map(([fault]) => `${fault}: ${each.outerHTML.slice(0, 150)}`);
  });
}"""
PATIENCE_MS = 60_000  # a loaded machine with two cores and a face engine


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


class Browsers:
    """Chromiums by what is before their camera, each started when it is first needed; their microphones beep."""

    def __init__(
        self, playwright: Playwright, films: Path, opened: AsyncExitStack, path: str, flags: Sequence[str]
    ) -> None:
        self._playwright = playwright
        self._path = path
        self._flags = flags
        self._films = films
        self._opened = opened
        self._by_clip: dict[Path, Browser] = {}

    async def facing(self, clip: Path) -> Browser:
        """The Chromium whose camera shows the clip."""
        if clip not in self._by_clip:
            film = as_camera(clip, self._films)
            self._by_clip[clip] = started = await self._playwright.chromium.launch(
                executable_path=self._path, args=[*FLAGS, *self._flags, f"--use-file-for-fake-video-capture={film}"]
            )
            self._opened.push_async_callback(started.close)
        return self._by_clip[clip]


@asynccontextmanager
async def browsers(films: Path, path: str | None = None, flags: Sequence[str] = ()) -> AsyncIterator[Browsers]:
    """No Chromium yet, and none any more afterwards. `path` is what starts one, where that is not Chromium itself."""
    async with async_playwright() as playwright, AsyncExitStack() as opened:
        yield Browsers(playwright, films, opened, path or chromium(), flags)


@asynccontextmanager
async def window(of: Browser, look: Look) -> AsyncIterator[Page]:
    """A page with cookies of its own; whatever it reports as an error fails the test at the end.

    That the server refused an address that was opened is no error of the page: what it then shows is the test's affair.
    """
    context = await of.new_context(locale="zh-CN", **look)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    refused: set[str] = set()
    troubles: list[tuple[str, str]] = []

    def hear(line: ConsoleMessage) -> None:
        if line.type == "error":
            troubles.append((line.text, line.location["url"]))

    def see(response: Response) -> None:
        if not response.ok and response.request.is_navigation_request():
            refused.add(response.url)

    page.on("pageerror", lambda error: troubles.append((str(error), "")))
    page.on("console", hear)
    page.on("response", see)
    try:
        yield page
    finally:
        await context.close()
    real = [text for text, url in troubles if url not in refused]
    assert not real, real


async def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA on the page as it stands."""
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


async def misfits(page: Page) -> Sequence[str]:
    """What does not fit: it reaches out of the page to the right, its words are squeezed, or it is an empty tag."""
    found: list[str] = await page.evaluate(MISFITS)
    return found
