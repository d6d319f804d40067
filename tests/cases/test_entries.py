"""Ledger entries as JSON, and back."""

import json
import math
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from accounts.actor import PersonId, PostId
from cases.entries import (
    Body,
    CheckInEnded,
    CheckInMissed,
    Concluded,
    Corrected,
    EngineCited,
    EntryKind,
    FaceEnrolled,
    FileCited,
    LessonAttended,
    NoticeRead,
    RecordingFiled,
    Stay,
    StillFiled,
    Turn,
    dump,
    kind_of,
    parse,
)
from cases.review import Conclusion, EntryId
from storage.chain import canonical
from tests.support.filed import TEN, an_ended_check_in

pytestmark = pytest.mark.unit

ONE_OF_EACH: dict[EntryKind, Body] = {
    EntryKind.FACE_ENROLLED: FaceEnrolled(
        reference="r1",
        pictures=(FileCited("portraits/r1/1.jpg", "ab" * 32, 40_000),),
        engine=EngineCited("sface", "0b" * 32),
        template_sha256="cd" * 32,
        supersedes=None,
    ),
    EntryKind.CHECK_IN_ENDED: an_ended_check_in("c1", PostId("p1")),
    EntryKind.CHECK_IN_MISSED: CheckInMissed("c1", TEN, TEN + timedelta(minutes=30), None, "村里停电", PersonId("o1")),
    EntryKind.CONCLUSION: Concluded("c1", EntryId("e1"), Conclusion.CONCERN, "光线暗", PersonId("o1")),
    EntryKind.CORRECTION: Corrected("c1", EntryId("e2"), Conclusion.CONFIRMED, "点错了", PersonId("o1")),
    EntryKind.LESSON_ATTENDED: LessonAttended(
        lesson="l1",
        title="社区矫正法",
        place=3,
        starts_at=TEN,
        opened_at=TEN,
        ended_at=TEN + timedelta(minutes=50),
        ended_by="teacher",
        teacher_post=PostId("p1"),
        notice=NoticeRead("2026-11", "ab" * 32, "zh-CN", TEN),
        stays=(Stay(1.5, 900.0, "connection"), Stay(912.0, 3000.0, "lesson_over")),
        turns=(Turn(3, 60.0, 95.5, "word-1"),),
        recordings=(RecordingFiled("word-1", "empty", None, 0.0, 0.0, ()),),
    ),
}


@pytest.mark.parametrize("kind", EntryKind)
def test_every_kind_of_entry_is_read_back_as_it_was_written(kind: EntryKind) -> None:
    body = ONE_OF_EACH[kind]
    assert kind_of(body) is kind
    assert parse(kind, json.loads(json.dumps(dump(body)))) == body


def test_a_score_that_is_no_number_does_not_stop_a_filing() -> None:
    ended = replace(an_ended_check_in("c1", PostId("p1")), stills=(StillFiled(1.0, "unable", math.nan, (), None),))
    read = parse(EntryKind.CHECK_IN_ENDED, json.loads(canonical(dump(ended))))
    assert isinstance(read, CheckInEnded)
    assert read.stills[0].score is None


def test_an_entry_says_that_liveness_was_not_checked() -> None:
    assert dump(ONE_OF_EACH[EntryKind.CHECK_IN_ENDED])["liveness"] == "not checked"


def test_an_end_that_was_filed_before_weak_networks_were_is_read() -> None:
    ended = dump(ONE_OF_EACH[EntryKind.CHECK_IN_ENDED])
    del ended["weak"], ended["pauses"], ended["mutes"]
    read = parse(EntryKind.CHECK_IN_ENDED, ended)
    assert isinstance(read, CheckInEnded)
    assert (read.weak, read.pauses, read.mutes) == ((), (), ())


def test_an_entry_holds_no_pixels_and_no_template() -> None:
    assert set(dump(ONE_OF_EACH[EntryKind.FACE_ENROLLED])) == {
        "reference",
        "pictures",
        "engine",
        "template_sha256",
        "supersedes",
    }


def test_what_is_no_entry_of_its_kind_is_not_taken_for_one() -> None:
    with pytest.raises(ValidationError):
        parse(EntryKind.CONCLUSION, dump(ONE_OF_EACH[EntryKind.CHECK_IN_MISSED]))
