"""A connection that drops, and a page that is opened again: the same check-in goes on by itself."""

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Journey
from tests.journeys.network import a_network

pytestmark = pytest.mark.journey


async def test_a_phone_that_was_cut_off_or_reloaded_comes_back_to_the_same_call(journey: Journey) -> None:
    async with a_network(journey.server.origin) as network:
        subject, officer = await journey.invited(through=network), await journey.desk()
        await subject.agrees()
        await subject.waits()
        await officer.admits()
        await subject.sees_the_other()
        await officer.sees_the_other()

        network.cut()
        await officer.reads("对方断线了，正在等着接回来", "网络原因，不算对方的问题。")
        await subject.reads("网络断了，正在接回来", "不算您的问题。请留在这一页，什么都不用做。")
        await journey.looked_at(officer, "drop-desk")
        await journey.looked_at(subject, "drop-phone")
        network.mend()
        await officer.reads_nowhere("对方断线了，正在等着接回来")
        await subject.reads_nowhere("网络断了，正在接回来")
        await subject.sees_the_other()

        await subject.page.reload()
        await subject.sees_the_other()
        await officer.reads_nowhere("对方断线了，正在等着接回来")
        await officer.sees_the_other()

        await officer.notes("问了工作情况")
        await expect(officer.part("verdict")).to_contain_text("系统比对一致")
        await officer.page.reload()
        await expect(officer.part("track").locator(".seg.ok").first).to_be_visible()
        await expect(officer.part("track").locator(".seg.gap").first).to_be_visible()
        await officer.reads("问了工作情况")
        await officer.sees_the_other()

        await officer.ends_the_call()
        await subject.gets_the_receipt()
        await subject.reads("网络或系统原因，不算您的问题")
        await officer.goes_to_the_review()
        await officer.reads("录像有缺口，时间轴上已标出", "是网络原因，不算本人的问题。")
        await expect(officer.part("lane-network-subject").locator(".gap")).not_to_have_count(0)
        await officer.plays_both()
        await journey.looked_at(officer, "drop-review")
        await subject.page.reload()
        await subject.gets_the_receipt()
        await journey.looked_at(subject, "receipt-opened-again")
