"""The people of the journeys at their browsers: verbs of the domain over what is on the screen, in either language."""

import re
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

# Chromium plays a track that nothing arrives for as a black picture of two pixels.
PICTURES_MOVE = """() => {
  const video = document.querySelector('video[data-part="other"]');
  return video && video.videoWidth > 2 && video.currentTime > 0.5;
}"""
WATCH_PICTURES = """() => {
  const video = document.querySelector('video[data-part="other"]');
  window.pictures = [performance.now()];
  const seen = () => {
    window.pictures.push(performance.now());
    video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
}"""
MORE_PICTURES = "(before) => window.pictures.length >= before + 10"
STOOD_STILL_MS = "() => Math.max(...window.pictures.slice(1).map((at, i) => at - window.pictures[i]))"
TURN = """() => document.querySelector("fw-checkin, fw-live").seat.signal.turn"""
HAS_JOINED_AGAIN = """(after) => {
  const { seat } = document.querySelector("fw-checkin, fw-live");
  return seat.signal.turn > after && seat.link === "connected" && seat.signal.stage === "joined";
}"""
BOTH_CAN_BE_SEARCHED = """() => {
  const videos = [...document.querySelectorAll('fw-review video')];
  return videos.length === 2 && videos.every((each) => each.readyState >= 2 && each.seekable.length > 0);
}"""
BOTH_PLAY_TOGETHER = """() => {
  const [one, other] = [...document.querySelectorAll('fw-review video')].map((each) => each.currentTime);
  return one > 1 && other > 1 && Math.abs(one - other) < 0.25;
}"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who looks at a page."""

    page: Page
    origin: str

    async def opens(self, path: str) -> None:
        """A path of ours, or a whole link."""
        await self.page.goto(path if path.startswith("http") else self.origin + path)

    def part(self, name: str) -> Locator:
        """A part that a script fills or moves."""
        return self.page.locator(f'[data-part="{name}"]')

    async def presses(self, name: str) -> None:
        """The one button or link of exactly this name."""
        button = self.page.get_by_role("button", name=name, exact=True)
        await button.or_(self.page.get_by_role("link", name=name, exact=True)).click()

    async def fills(self, **fields: str) -> None:
        """Fields by their names in the form."""
        for name, value in fields.items():
            await self.page.locator(f'[name="{name}"]').fill(value)

    async def reads(self, *sentences: str) -> None:
        """Each of these is to be seen, now or soon."""
        for sentence in sentences:
            await expect(self.page.get_by_text(sentence).filter(visible=True).first).to_be_visible()

    async def reads_nowhere(self, sentence: str) -> None:
        await expect(self.page.get_by_text(sentence).filter(visible=True)).to_have_count(0)

    async def sees_the_other(self) -> None:
        """Pictures of the other side arrive and move."""
        await self.page.wait_for_function(PICTURES_MOVE)

    async def watches_the_picture(self) -> None:
        """Of the other side, from now on."""
        await self.page.evaluate(WATCH_PICTURES)

    async def sees_it_move(self) -> float:
        """From now on again; the seconds for which it stood still since it is watched."""
        await self.page.wait_for_function(MORE_PICTURES, arg=await self.page.evaluate("() => window.pictures.length"))
        stood_still_ms: float = await self.page.evaluate(STOOD_STILL_MS)
        return stood_still_ms / 1000

    async def joined(self) -> int:
        """How often the page has joined so far."""
        joined: int = await self.page.evaluate(TURN)
        return joined

    async def joins_again(self, after: int) -> None:
        """Its seat is taken once more than then, and its media is up."""
        await self.page.wait_for_function(HAS_JOINED_AGAIN, arg=after)


@dataclass(frozen=True, slots=True)
class Subject(Person):
    """A subject at a phone."""

    async def chooses(self, choice: str) -> None:
        """One of the two equal choices: face or other_way."""
        await self.page.locator(f'[name="choice"][value="{choice}"]').click()

    async def agrees(self, choice: str = "face") -> None:
        """A choice that leads to the device check."""
        await self.chooses(choice)
        await expect(self.part("ready")).to_be_visible()

    async def waits(self) -> None:
        """From the device check into the waiting room, whatever the check says."""
        await self.part("ready").click()
        await expect(self.part("waiting-title")).to_be_visible()

    async def gets_the_receipt(self) -> None:
        await expect(self.part("receipt-code")).to_have_text(re.compile("^[0-9A-F]{4}-[0-9A-F]{4}$"))


@dataclass(frozen=True, slots=True)
class Member(Person):
    """A member of staff at a desk."""

    async def sees_somebody_waiting(self) -> None:
        """On the board."""
        await expect(self.the_way_in()).to_be_visible()

    def the_way_in(self) -> Locator:
        return self.page.locator('#board a.main[href$="/live"]').first

    async def admits(self) -> None:
        """From the board into the call."""
        await self.the_way_in().click()
        await self.part("admit").click()

    async def notes(self, text: str) -> None:
        await self.part("note").fill(text)
        await self.part("note-send").click()
        await expect(self.part("notes")).to_contain_text(text)

    async def ends_the_call(self) -> None:
        await self.part("end").click()
        await self.part("end-question").locator('[value="yes"]').click()

    async def goes_to_the_review(self) -> None:
        """From the ended call to its review, with recordings that can be searched."""
        await self.part("go-review").click()
        await self.page.wait_for_function(BOTH_CAN_BE_SEARCHED)

    async def plays_both(self) -> None:
        await self.part("toggle").click()
        await self.page.wait_for_function(BOTH_PLAY_TOGETHER)

    async def concludes(self, conclusion: str, note: str = "") -> None:
        """confirmed, concern or rejected."""
        await self.fills(note=note)
        sure = self.page.locator(f'button[name="conclusion"][value="{conclusion}"]')
        if not await sure.is_visible():  # a form that came back has it open
            await self.page.locator("details.conclude").filter(has=sure).locator("summary").click()
        await sure.click()
