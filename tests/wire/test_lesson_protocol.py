"""A lesson's messages: docs/protocol.md has them all with their fields, and what nobody may say is a mistake."""

import re
from pathlib import Path
from typing import get_args

import pytest

from courses import news
from courses.floor import Place
from courses.lesson import LessonState
from courses.news import ClassNews, InClass, Line, OfferAgain, Over, Presence
from signaling.dialogue import Stage
from signaling.lesson_dialogue import FOR_LEARNERS, FOR_TEACHERS, LESSON_DIALOGUE, LessonDialogue
from signaling.lesson_messages import (
    Answer,
    Class,
    End,
    Hand,
    Join,
    LessonSaid,
    LessonSaidKind,
    LessonTold,
    Offer,
    Open,
    Refused,
    Share,
    Standing,
    Word,
    parse,
    parse_told,
    told,
)
from signaling.lesson_messages import OfferAgain as OfferAgainTold
from signaling.lesson_messages import Over as OverTold
from signaling.messages import Beat, Hello, Leave, PeerMistake, Refusal

pytestmark = pytest.mark.rim

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
OF_A_LESSON = (Standing, Class, Answer, OfferAgainTold, OverTold, Refused)
SAID: tuple[LessonSaid, ...] = (
    Hello(v=1),
    Join(lesson="4f1c2b7a9e0d8c6b5a3f"),
    Beat(),
    Open(),
    Offer(line=Line.SCREEN, sdp="v=0"),
    Hand(up=True),
    Word(place=Place(3)),
    Share(on=True),
    End(),
    Leave(),
)


def rows(head: str) -> list[list[str]]:
    table = PAGE[PAGE.index(head) :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def words(cell: str) -> set[str]:
    return {word.split(":")[0] for word in re.findall(r"`([^`]+)`", cell)}


def test_the_page_has_every_message_of_a_browser_with_its_fields() -> None:
    fields = {cells[0].strip("`"): words(cells[1]) for cells in rows("| said in a lesson")}
    kinds = get_args(LessonSaid)
    assert fields == {each.model_fields["type"].default: set(each.model_fields) - {"type"} for each in kinds}


def test_the_page_has_every_message_of_ours_with_its_fields() -> None:
    fields = {cells[0].strip("`"): words(cells[1]) for cells in rows("| told in a lesson")}
    assert fields == {each.model_fields["type"].default: set(each.model_fields) - {"type"} for each in OF_A_LESSON}
    assert set(OF_A_LESSON) < set(get_args(LessonTold))


@pytest.mark.parametrize("kind", LessonSaidKind)
def test_the_page_says_who_may_say_it_and_when(kind: LessonSaidKind) -> None:
    [(who, stages)] = [cells[2:4] for cells in rows("| said in a lesson") if cells[0] == f"`{kind}`"]
    assert who == ("teacher" if kind in FOR_TEACHERS else "learner" if kind in FOR_LEARNERS else "both")
    assert set(stages.split(", ")) == {stage for stage, said in LESSON_DIALOGUE if said is kind}


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.type)
def test_a_message_comes_as_it_was_said(said: LessonSaid) -> None:
    assert parse(said.model_dump_json()) == said


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"type":"word"}',
        '{"type":"word","place":0}',
        '{"type":"word","place":"1"}',
        '{"type":"offer","line":"theirs","sdp":"v=0"}',
        '{"type":"hand","up":1}',
        '{"type":"admit"}',
        '{"type":"join","lesson":"../x"}',
    ],
)
def test_what_is_no_message_is_their_mistake_and_is_not_quoted(text: str) -> None:
    with pytest.raises(PeerMistake) as mistake:
        parse(text)
    assert "theirs" not in mistake.value.reason
    assert ".." not in mistake.value.reason


@pytest.mark.parametrize("kind", sorted(FOR_TEACHERS | FOR_LEARNERS))
def test_what_is_for_the_other_seat_is_a_mistake(kind: LessonSaidKind) -> None:
    dialogue = LessonDialogue(teaches=kind in FOR_LEARNERS)
    dialogue.hear(Hello(v=1))
    dialogue.hear(Join(lesson="a"))
    [said] = [one for one in SAID if one.type == kind]
    with pytest.raises(PeerMistake):
        dialogue.hear(said)
    assert dialogue.stage is Stage.IN_ROOM


def test_another_version_is_a_mistake() -> None:
    with pytest.raises(PeerMistake, match="version 2"):
        LessonDialogue(teaches=True).hear(Hello(v=2))


@pytest.mark.parametrize(
    "item",
    [
        news.Standing(
            state=LessonState.OPEN,
            place=Place(2),
            live_s=3.5,
            you=Presence.CONNECTED,
            teacher=Presence.LOST,
            here=58,
            of=60,
            word=Place(7),
            sharing=True,
            hands=2,
            hand=1,
        ),
        ClassNews((InClass(Place(1), "陈安", Presence.PRESENT),), (Place(1),)),
        OfferAgain(Line.WORD),
        Over(filed=True),
    ],
    ids=lambda item: type(item).__name__,
)
def test_news_is_told_and_understood(item: news.News) -> None:
    message = told(item)
    assert parse_told(message.model_dump_json()) == message


def test_a_refused_offer_names_its_line() -> None:
    refused = Refused(about=LessonSaidKind.OFFER, code=Refusal.NOT_ADMITTED, reason="not open", line=Line.WORD)
    assert parse_told(refused.model_dump_json()) == refused
