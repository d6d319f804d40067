"""Enrolling a face: pictures kept sealed, hashes in the ledger, the former face superseded; or nothing at all."""

import hashlib
from pathlib import Path

import pytest

from accounts.actor import Role
from accounts.details import BadDetail
from accounts.powers import POWERS, NotYours, Power
from cases.entries import FaceEnrolled
from cases.ledger import Ledger
from checkins.enrolment import Enrolments
from recognition.verdict import Reason
from storage.files import FileStore
from tests.support.check_ins import Desk
from tests.support.databases import tamper
from tests.support.fake_engine import DARK, ENGINE, JPEG, PNG, FakeVerifier
from tests.support.records import audited

pytestmark = pytest.mark.rim


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def enrolments(desk: Desk, files: FileStore) -> Enrolments:
    return Enrolments(desk.database, FakeVerifier(), files)


async def bodies(desk: Desk) -> list[FaceEnrolled]:
    entries = await Ledger(desk.database).entries(desk.subject.id)
    return [entry.body for entry in entries if isinstance(entry.body, FaceEnrolled)]


async def test_an_enrolled_face_is_what_stills_are_compared_with(desk: Desk, enrolments: Enrolments) -> None:
    enrolment = await enrolments.enrol(desk.bureau.officer, desk.subject.id, [JPEG, PNG, JPEG], desk.now)
    assert enrolment.reference is not None
    assert await desk.progress.reference_of(desk.subject.id) == enrolment.reference
    assert await enrolments.enrolled(desk.bureau.captain) == {desk.subject.id}
    assert await enrolments.enrolled(desk.bureau.other_officer) == frozenset()


async def test_the_ledger_has_hashes_and_the_store_has_the_pictures(
    desk: Desk, enrolments: Enrolments, files: FileStore
) -> None:
    enrolment = await enrolments.enrol(desk.bureau.officer, desk.subject.id, [JPEG, PNG, JPEG], desk.now)
    (body,) = await bodies(desk)
    assert enrolment.reference is not None
    assert body.template_sha256 == hashlib.sha256(enrolment.reference.template).hexdigest()
    assert (body.engine.name, body.engine.model_sha256, body.supersedes) == (ENGINE.name, ENGINE.model_sha256, None)
    assert [Path(picture.name).suffix for picture in body.pictures] == [".jpg", ".png", ".jpg"]
    for picture, data in zip(body.pictures, (JPEG, PNG, JPEG), strict=True):
        assert files.path(picture.name).read_bytes() == data
        assert picture.sha256 == hashlib.sha256(data).hexdigest()


async def test_a_picture_that_did_not_pass_is_reported_and_not_kept(desk: Desk, enrolments: Enrolments) -> None:
    enrolment = await enrolments.enrol(desk.bureau.officer, desk.subject.id, [JPEG, DARK, PNG, JPEG], desk.now)
    assert enrolment.pictures[1].reasons == (Reason.TOO_DARK,)
    assert len((await bodies(desk))[0].pictures) == 3


async def test_too_few_good_pictures_keep_nothing_at_all(
    desk: Desk, enrolments: Enrolments, files: FileStore, tmp_path: Path
) -> None:
    enrolment = await enrolments.enrol(desk.bureau.officer, desk.subject.id, [JPEG, DARK, PNG], desk.now)
    assert enrolment.reference is None
    assert await desk.progress.reference_of(desk.subject.id) is None
    assert await bodies(desk) == []
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_a_new_face_supersedes_the_former_and_a_failed_one_does_not(desk: Desk, enrolments: Enrolments) -> None:
    for pictures in ([JPEG] * 3, [PNG] * 4, [DARK] * 5):
        await enrolments.enrol(desk.bureau.officer, desk.subject.id, pictures, desk.now)
    former, newer = await bodies(desk)
    assert (former.supersedes, newer.supersedes) == (None, former.reference)
    portrait = await enrolments.portrait(desk.bureau.officer, desk.subject.id, desk.now)
    assert portrait is not None
    assert portrait.read_bytes() == PNG


@pytest.mark.parametrize(
    ("tampering", "which"),
    [
        ("UPDATE reference_face SET template = zeroblob(512) WHERE id = 'SECOND'", {"SECOND"}),
        ("UPDATE reference_face SET template = 'a template' WHERE id = 'SECOND'", {"SECOND"}),
        ("UPDATE reference_face SET engine = 'dlib' WHERE id = 'FIRST'", {"FIRST"}),
        ("UPDATE reference_face SET superseded_at = NULL WHERE id = 'FIRST'", {"FIRST"}),
        ("DELETE FROM portrait WHERE reference = 'FIRST' AND n = 2", {"FIRST"}),
        ("UPDATE portrait SET sha256 = 'other' WHERE reference = 'SECOND'", {"SECOND"}),
        ("UPDATE portrait SET reference = 'FIRST', n = n + 10 WHERE reference = 'SECOND'", {"FIRST", "SECOND"}),
        ("DELETE FROM ledger_entry WHERE n = 2", {"FIRST", "SECOND"}),
        ("DELETE FROM portrait WHERE reference = 'SECOND'; DELETE FROM reference_face WHERE id = 'SECOND'", {"SECOND"}),
    ],
)
async def test_a_face_that_is_not_as_it_was_enrolled_is_found(
    tampering: str, which: set[str], desk: Desk, enrolments: Enrolments
) -> None:
    for pictures in ([JPEG] * 3, [PNG] * 4):
        await enrolments.enrol(desk.bureau.officer, desk.subject.id, pictures, desk.now)
    assert await enrolments.at_odds(desk.subject.id) == set()
    ids = dict(zip(("FIRST", "SECOND"), [body.reference for body in await bodies(desk)], strict=True))
    for word, reference in ids.items():
        tampering = tampering.replace(word, reference)
    await tamper(desk.database, *tampering.split("; "))
    assert await enrolments.at_odds(desk.subject.id) == {ids[one] for one in which}


@pytest.mark.parametrize("count", [0, 2, 6])
async def test_three_to_five_pictures_are_enrolled(count: int, desk: Desk, enrolments: Enrolments) -> None:
    with pytest.raises(BadDetail, match="pictures: count"):
        await enrolments.enrol(desk.bureau.officer, desk.subject.id, [JPEG] * count, desk.now)


@pytest.mark.parametrize("role", Role)
async def test_only_those_in_charge_enrol_and_only_those_who_see_the_case_see_the_face(
    role: Role, desk: Desk, enrolments: Enrolments
) -> None:
    actor, subject = desk.bureau.actors()[role], desk.subject.id
    if Power.ENROL_FACE in POWERS[role]:
        await enrolments.enrol(actor, subject, [JPEG] * 3, desk.now)
    else:
        with pytest.raises(NotYours):
            await enrolments.enrol(actor, subject, [JPEG] * 3, desk.now)
    if Power.SEE_CASE in POWERS[role]:
        await enrolments.portrait(actor, subject, desk.now)
    else:
        with pytest.raises(NotYours):
            await enrolments.portrait(actor, subject, desk.now)


async def test_another_squadrons_subject_is_as_if_they_did_not_exist(desk: Desk, enrolments: Enrolments) -> None:
    stranger = desk.bureau.other_officer
    with pytest.raises(NotYours):
        await enrolments.enrol(stranger, desk.subject.id, [JPEG] * 3, desk.now)
    with pytest.raises(NotYours):
        await enrolments.portrait(stranger, desk.subject.id, desk.now)


async def test_every_view_of_a_portrait_is_in_the_audit_log(desk: Desk, enrolments: Enrolments) -> None:
    officer = desk.bureau.officer
    assert await enrolments.portrait(officer, desk.subject.id, desk.now) is None
    await enrolments.enrol(officer, desk.subject.id, [JPEG] * 3, desk.now)
    await enrolments.portrait(officer, desk.subject.id, desk.now)
    noted = await audited(desk.database, f"subject/{desk.subject.id}")
    assert [(entry.verb, entry.post) for entry in noted][-2:] == [
        ("enrol_face", officer.post),
        ("see_portrait", officer.post),
    ]
