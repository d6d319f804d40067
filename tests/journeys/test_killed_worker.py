"""A media process that is killed in mid-call: both pages come back by themselves, and the record says through whom."""

import logging
import re

import pytest
from playwright.async_api import expect

from media.crew import Crew
from tests.journeys.conftest import Journey
from tests.support.processes import gone, kill

pytestmark = pytest.mark.journey

log = logging.getLogger(__name__)

LONGEST_STILL_S = 30.0  # five seconds are the aim; this is for a machine that does ten other things


@pytest.mark.parametrize("media_workers", [2])
async def test_a_call_goes_on_in_another_process_and_nobody_has_done_anything(
    crews: list[Crew], journey: Journey
) -> None:
    subject, officer = await journey.invited(), await journey.desk()
    await subject.agrees()
    await subject.waits()
    await officer.admits()
    people = (subject, officer)
    for person in people:
        await person.sees_the_other()
        await person.watches_the_picture()

    [crew] = crews
    [holder] = [worker for worker in crew.workers if worker.rooms]
    kill(holder.pid)
    await gone(holder.pid)
    still_s = [await person.sees_it_move() for person in people]
    log.info("pictures stood still for %s s", [round(each, 2) for each in still_s])
    assert max(still_s) < LONGEST_STILL_S

    await officer.ends_the_call()
    await subject.gets_the_receipt()
    await officer.goes_to_the_review()
    for seat in ("subject", "officer"):
        lane = officer.part(f"lane-network-{seat}")
        await expect(lane.locator(".gap")).not_to_have_count(0)
        await expect(lane).to_have_attribute("aria-label", re.compile("断线（系统原因）"))
    await officer.plays_both()
    await journey.looked_at(officer, "killed-worker-review")
