"""A network that is away for a while, or becomes another one: packets are really lost, and the same call goes on."""

import asyncio
import logging
import re
import time
from collections.abc import Callable

import pytest
from playwright.async_api import expect

from cases.entries import CheckInEnded
from checkins.news import Seat
from demo import people as demo_people
from tests.journeys.conftest import Journey
from tests.journeys.network import Network, a_network
from tests.journeys.people import Member, Person, Subject

pytestmark = pytest.mark.journey

log = logging.getLogger(__name__)

OUTAGES_S = (8.0, 40.0)
LONGEST_RETURN_S = 30.0  # three seconds are the aim; this is for a machine that does ten other things
OWN_WORDS = {Seat.SUBJECT: "网络断了，正在接回来", Seat.OFFICER: "我们这边断线了，正在接回来"}
OTHERS_WORDS = {Seat.SUBJECT: "对方断线了，正在等着接回来", Seat.OFFICER: "那边断线了，正在接回来"}


async def in_call(journey: Journey, network: Network, seat: Seat) -> tuple[Subject, Member]:
    """A call that has begun; the network is that of whoever sits in `seat`."""
    subject = await journey.invited(through=network if seat is Seat.SUBJECT else None)
    officer = await journey.desk(through=network if seat is Seat.OFFICER else None)
    await subject.agrees()
    await subject.waits()
    await officer.admits()
    await subject.sees_the_other()
    await officer.sees_the_other()
    await expect(officer.part("verdict")).to_contain_text("系统比对一致")
    return subject, officer


async def the_end(journey: Journey) -> CheckInEnded:
    """The one call on file."""
    rooms = journey.server.rooms
    officer = await demo_people.actor_of(rooms.people, demo_people.OFFICER, journey.day.now())
    [ended] = [
        entry.body
        for case in await rooms.subjects.in_area(officer)
        for entry in await rooms.ledger.entries(case.id)
        if isinstance(entry.body, CheckInEnded)
    ]
    return ended


async def back_s(away: Person, there: Person, change: Callable[[], None]) -> tuple[float, float]:
    """Seconds until the page has joined again, and for which either's picture stood still, from a change on."""
    joined = await away.joined()
    for person in (away, there):
        await person.watches_the_picture()
    change()
    began_at = time.monotonic()
    await away.joins_again(joined)
    joined_s = time.monotonic() - began_at
    still_s = max([await person.sees_it_move() for person in (away, there)])
    assert max(joined_s, still_s) < LONGEST_RETURN_S
    return joined_s, still_s


@pytest.mark.parametrize("seat", Seat)
async def test_whoever_had_no_network_for_8_and_for_40_s_is_back_in_the_same_call(
    journey: Journey, seat: Seat, record_property: Callable[[str, object], None]
) -> None:
    async with a_network(journey.server.origin) as network:
        subject, officer = await in_call(journey, network, seat)
        away: Person = subject if seat is Seat.SUBJECT else officer
        there: Person = officer if seat is Seat.SUBJECT else subject
        for outage_s in OUTAGES_S:
            async with asyncio.TaskGroup() as tasks:
                network.cut()
                tasks.create_task(asyncio.sleep(outage_s))
                await away.reads(OWN_WORDS[seat])
                await there.reads(OTHERS_WORDS[seat])
            joined_s, still_s = await back_s(away, there, network.mend)
            record_property(f"{seat} back after {outage_s:.0f} s", (joined_s, still_s))
            log.info("%s after %.0f s: joined in %.2f s, picture in %.2f s", seat, outage_s, joined_s, still_s)
            await away.reads_nowhere(OWN_WORDS[seat])
            await there.reads_nowhere(OTHERS_WORDS[seat])
        if seat is Seat.SUBJECT:
            await expect(officer.part("track").locator(".seg").last).to_have_class(re.compile(r"\bok\b"))
        await officer.ends_the_call()
        await subject.gets_the_receipt()
        await officer.goes_to_the_review()
        lane = officer.part(f"lane-network-{seat}")
        await expect(lane.locator('.gap[title*="断线（网络原因）"]').nth(len(OUTAGES_S) - 1)).to_be_attached()
        await officer.plays_both()
        ended = await the_end(journey)
        away_s = [drop.to_s - drop.from_s for drop in ended.drops if drop.seat == seat]
        long_s = [each for each in away_s if each > min(OUTAGES_S) / 2]
        assert all(found > outage_s - 4 for found, outage_s in zip(long_s, OUTAGES_S, strict=True)), away_s
        assert [recording.seat for recording in ended.recordings if recording.file is not None] == list(Seat)
        assert (ended.identity_state, ended.ended_by) == ("matched", "officer")


async def test_whoever_changes_from_one_network_to_another_stays_in_the_same_call(
    journey: Journey, record_property: Callable[[str, object], None]
) -> None:
    async with a_network(journey.server.origin) as network:
        subject, officer = await in_call(journey, network, Seat.SUBJECT)
        for _ in range(2):
            joined_s, still_s = await back_s(subject, officer, network.move)
            record_property("back from another address", (joined_s, still_s))
            log.info("another address: joined in %.2f s, picture stood still %.2f s", joined_s, still_s)
        await officer.reads_nowhere(OTHERS_WORDS[Seat.SUBJECT])
        await officer.ends_the_call()
        await subject.gets_the_receipt()
        ended = await the_end(journey)
        assert ended.ended_by == "officer"
        assert [recording.seat for recording in ended.recordings if recording.file is not None] == list(Seat)
