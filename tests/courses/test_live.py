"""Live lessons over real rooms and real media: hands, the word, a screen, drops, the end, and what a crash leaves."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from accounts.powers import NotYours
from courses.floor import Place
from courses.lesson import LessonState
from courses.live_lesson import TELL_AFTER_S, NotOpen
from courses.news import Line, Over, Presence
from live.grace import UNSEATED_S
from live.resumed import Resumed
from media.recording import read_back
from statetable import IllegalCue
from tests.support.lessons import TEACHER, LiveSchool, School, live_school
from tests.support.two_peers import StockClient
from tests.support.waiting import until

pytestmark = pytest.mark.rim

ONE, TWO, THREE = Place(1), Place(2), Place(3)


async def test_before_it_is_opened_there_is_no_media_and_nobody_raises_a_hand(school: School) -> None:
    async with live_school(school) as house:
        lesson = await house.school.planned()
        ear = await house.sits(lesson, ONE)
        assert ear.standing.state is LessonState.PLANNED
        with pytest.raises(NotOpen):
            await house.live.offer(lesson, ONE, Line.OWN, "v=0")
        with pytest.raises(NotOpen):
            await house.live.hand(lesson, ONE, up=True)


async def test_learners_are_told_numbers_and_counts_and_the_teacher_names(school: School) -> None:
    async with live_school(school) as house:
        lesson, teacher, learners = await house.opened()
        await house.live.hand(lesson, TWO, up=True)
        await house.live.hand(lesson, ONE, up=True)
        await house.pass_s(TELL_AFTER_S)
        assert [one.name for one in teacher.in_class.learners] == ["陈安", "何平", "林小雨"]
        assert teacher.in_class.hands == (TWO, ONE)
        assert (learners[ONE].standing.hand, learners[TWO].standing.hand, learners[THREE].standing.hand) == (2, 1, None)
        assert learners[THREE].standing.hands == 2
        for ear in learners.values():
            assert not any(name in repr(ear.heard) for name in ("陈安", "何平", "林小雨"))


async def test_changes_that_come_together_are_told_as_one(school: School) -> None:
    async with live_school(school) as house:
        lesson, teacher, learners = await house.opened()
        await house.pass_s(TELL_AFTER_S)
        before = len(learners[THREE].heard), len(teacher.heard)
        for _ in range(20):
            await house.live.hand(lesson, ONE, up=True)
            await house.live.hand(lesson, ONE, up=False)
        await house.live.hand(lesson, ONE, up=True)
        await house.pass_s(TELL_AFTER_S)
        assert len(learners[THREE].heard) - before[0] == 1
        assert len(teacher.heard) - before[1] == 2  # where it stands, and the class


async def test_another_teacher_finds_the_seat_taken_and_a_strange_place_is_nobodys(school: School) -> None:
    async with live_school(school) as house:
        lesson, _, ears = await house.opened()
        with pytest.raises(NotYours):
            await house.live.arrive(lesson, TEACHER, ears[ONE], house.clock.now(), actor=school.bureau.leader)
        with pytest.raises(NotYours):
            await house.sits(lesson, Place(9))


async def test_a_page_that_comes_back_keeps_its_seat_and_its_hand(school: School) -> None:
    async with live_school(school) as house:
        lesson, _, ears = await house.opened()
        await house.live.hand(lesson, ONE, up=True)
        await house.live.depart(lesson, ONE, ears[ONE])
        back = await house.sits(lesson, ONE, Resumed("a" * 32, 2))
        assert back.standing.hand == 1
        late = await house.sits(lesson, ONE, Resumed("a" * 32, 1))
        assert late.is_replaced
        assert not back.is_replaced


async def test_the_word_is_given_only_to_whoever_is_connected(school: School) -> None:
    async with live_school(school) as house:
        lesson, _, _ = await house.opened()
        with pytest.raises(IllegalCue):
            await house.live.word(lesson, ONE)


async def test_a_lesson_whose_teacher_stays_away_ends_by_itself(school: School) -> None:
    async with live_school(school) as house:
        _, _, learners = await house.opened()
        await house.pass_s(school.lessons.policy.call.teacher_grace_s)
        await learners[ONE].until(lambda ear: Over(filed=True) in ear.heard)
    [attended] = await school.filed(school.subjects[0])
    assert attended.ended_by == "grace"
    assert attended.stays == ()


async def connected(house: LiveSchool, lesson: str, places: list[Place], peers: AsyncExitStack) -> list[StockClient]:
    """Real clients, each on its own connection."""
    clients = []
    for place in places:
        client = await peers.enter_async_context(StockClient())
        await client.offer_to(lambda sdp, place=place: house.live.offer(lesson, place, Line.OWN, sdp))  # type: ignore[misc, arg-type]
        clients.append(client)
    return clients


async def test_a_whole_lesson_is_recorded_as_far_as_it_should_be_and_filed_for_everybody(school: School) -> None:
    async with live_school(school, time.monotonic) as house, AsyncExitStack() as peers:
        lesson, teacher, learners = await house.opened()
        clients = await connected(house, lesson, [TEACHER, ONE, TWO], peers)
        await clients[1].decodes(5)  # the teacher's picture and sound, on their own connection
        word = await peers.enter_async_context(StockClient())
        await house.live.word(lesson, ONE)
        await word.offer_to(lambda sdp: house.live.offer(lesson, TWO, Line.WORD, sdp))
        await word.decodes(5)  # the second learner sees and hears the first
        await clients[0].decodes(5)  # and the teacher does
        assert learners[TWO].standing.word == ONE
        await house.live.hand(lesson, ONE, up=False)  # has finished
        await house.live.share(lesson, on=True)
        screen = await peers.enter_async_context(StockClient())
        await screen.offer_to(lambda sdp: house.live.offer(lesson, TEACHER, Line.SCREEN, sdp))
        seen = await peers.enter_async_context(StockClient())
        await seen.offer_to(lambda sdp: house.live.offer(lesson, TWO, Line.SCREEN, sdp))
        await seen.decodes(5)
        await house.live.share(lesson, on=False)
        await house.live.end(lesson, house.clock.now())
        assert teacher.heard[-1] == Over(filed=True)
    one, two, three = [(await school.filed(subject))[0] for subject in school.subjects]
    assert [filed.seat for filed in one.recordings] == ["teacher", "word-1", "screen-1"]
    assert {filed.state for filed in one.recordings} == {"sealed"}
    assert [(turn.place, turn.seat) for turn in two.turns] == [(ONE, "word-1")]
    assert [len(each.stays) for each in (one, two, three)] == [1, 1, 0]
    assert one.stays[0].ended == "lesson_over"
    assert one.notice is not None
    for filed in one.recordings:
        assert filed.file is not None
        assert read_back(school.files.path(filed.file.name), broken=False).seconds > 0
    assert school.files.unfinished() == []


async def test_the_word_goes_back_when_its_speaker_stays_away(school: School) -> None:
    async with live_school(school, time.monotonic) as house, AsyncExitStack() as peers:
        lesson, teacher, learners = await house.opened()
        [client] = await connected(house, lesson, [ONE], peers)
        await client.decodes(0)
        async with asyncio.timeout(10):
            while True:
                try:
                    await house.live.word(lesson, ONE)
                    break
                except IllegalCue:  # its handshake is not over yet
                    await asyncio.sleep(0.02)
        await house.live.depart(lesson, ONE, learners[ONE], said=True)
        await house.pass_s(school.lessons.policy.call.word_grace_s)
        await teacher.until(lambda ear: ear.standing.word is None)
        await house.live.end(lesson, house.clock.now())
    [attended] = await school.filed(school.subjects[0])
    assert attended.stays[0].ended == "left"
    assert len(attended.turns) == 1


async def test_whoever_gives_up_the_conversation_and_keeps_the_media_is_hung_up(school: School) -> None:
    async with live_school(school, time.monotonic) as house, AsyncExitStack() as peers:
        lesson, _, learners = await house.opened()
        clients = await connected(house, lesson, [TEACHER, ONE], peers)
        await clients[1].decodes(5)
        await house.live.depart(lesson, ONE, learners[ONE])
        await house.pass_s(UNSEATED_S)
        await until(lambda: clients[1].is_over)
        await house.live.end(lesson, house.clock.now())


async def test_what_lies_on_the_disk_after_kill_9_is_filed_at_the_next_start(school: School, tmp_path: Path) -> None:
    async with live_school(school, time.monotonic) as house, AsyncExitStack() as peers:
        lesson, _, _ = await house.opened()
        clients = await connected(house, lesson, [TEACHER, ONE], peers)
        await clients[1].decodes(5)
        # What another start finds: the row says open, marks and parts lie in the working folder.
        live = house.live._here[lesson]
        assert live._class is not None
        await live._class.abandon()
        live._class = None
        live._teacher_grace.stop(TEACHER)
        house.live._here.clear()
    async with live_school(school):
        pass
    [attended] = await school.filed(school.subjects[0])
    assert attended.ended_by == "restart"
    assert [filed.seat for filed in attended.recordings] == ["teacher"]
    assert attended.stays[0].ended in ("lesson_over", "connection")
    assert school.files.unfinished() == []


async def test_who_is_here_is_told_as_media_comes_up(school: School) -> None:
    async with live_school(school, time.monotonic) as house, AsyncExitStack() as peers:
        lesson, teacher, _ = await house.opened()
        await connected(house, lesson, [ONE], peers)

        async def told() -> bool:
            await house.pass_s(TELL_AFTER_S)
            await asyncio.sleep(0.02)
            return teacher.in_class.learners[0].here is Presence.CONNECTED

        async with asyncio.timeout(10):
            while not await told():
                pass
        await house.live.end(lesson, house.clock.now())
