from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import update

from accounts.access import access_case
from accounts.actor import Role
from accounts.passwords import Passwords
from accounts.people import People
from accounts.powers import POWERS, NotYours, Power
from accounts.subjects import SubjectId, SubjectRow
from storage.database import Database
from tests.support.organisation import NINE, Bureau, a_subject
from tests.support.records import audited

pytestmark = pytest.mark.rim


async def test_every_role_opens_a_case_of_its_area_for_what_its_post_is_for(database: Database, bureau: Bureau) -> None:
    subject = await a_subject(database, bureau.officer, bureau.office)
    wrong = []
    for role, power in product(Role, Power):
        try:
            allowed = await access_case(database, bureau.actors()[role], subject.id, power, NINE) == subject
        except NotYours:
            allowed = False
        if allowed != (power in POWERS[role]):
            wrong.append((role, power, allowed))
    assert wrong == []


async def test_nobody_opens_a_case_of_another_area(database: Database, bureau: Bureau) -> None:
    theirs = await a_subject(database, bureau.other_officer, bureau.other_office)
    for power, actor in product(Power, (bureau.officer, bureau.leader, bureau.assistant)):
        with pytest.raises(NotYours):
            await access_case(database, actor, theirs.id, power, NINE)


async def test_unknown_foreign_and_forbidden_are_one_answer(database: Database, bureau: Bureau) -> None:
    ours = await a_subject(database, bureau.officer, bureau.office)
    theirs = await a_subject(database, bureau.other_officer, bureau.other_office, id_number="110105201001010010")
    answers = []
    for subject, power in [
        (SubjectId("0" * 20), Power.SEE_CASE),
        (theirs.id, Power.SEE_CASE),
        (ours.id, Power.COUNSEL),
        (SubjectId("../../etc/passwd\n\x00\ud800"), Power.SEE_CASE),
    ]:
        with pytest.raises(NotYours) as caught:
            await access_case(database, bureau.officer, subject, power, NINE)
        answers.append((str(caught.value), caught.value.args, caught.value.__cause__))
    assert set(answers) == {("", (), None)}


async def test_every_refusal_is_in_the_log_with_ids(database: Database, bureau: Bureau) -> None:
    theirs = await a_subject(database, bureau.other_officer, bureau.other_office)
    for subject in (theirs.id, SubjectId("王芳\n")):
        with pytest.raises(NotYours):
            await access_case(database, bureau.officer, subject, Power.REVIEW, NINE)
    refused = [entry for entry in await audited(database) if not entry.allowed]
    assert [(entry.person, entry.post, entry.verb, entry.thing) for entry in refused] == [
        (bureau.officer.person, bureau.officer.post, "review", f"subject/{theirs.id}"),
        (bureau.officer.person, bureau.officer.post, "review", "subject/malformed"),
    ]


async def test_a_post_that_has_ended_opens_nothing(database: Database, bureau: Bureau, passwords: Passwords) -> None:
    subject = await a_subject(database, bureau.officer, bureau.office)
    later = NINE + timedelta(minutes=1)
    await People(database, passwords).end_post(bureau.officer.post, later)
    assert await access_case(database, bureau.officer, subject.id, Power.SEE_CASE, NINE) == subject
    with pytest.raises(NotYours):
        await access_case(database, bureau.officer, subject.id, Power.SEE_CASE, later)


async def test_a_subject_who_moves_is_out_of_reach_at_once(database: Database, bureau: Bureau) -> None:
    subject = await a_subject(database, bureau.officer, bureau.office)
    async with database.transaction() as session:
        await session.execute(update(SubjectRow).values(office=bureau.other_office))
    with pytest.raises(NotYours):
        await access_case(database, bureau.officer, subject.id, Power.SEE_CASE, NINE)
    moved = await access_case(database, bureau.other_officer, subject.id, Power.SEE_CASE, NINE)
    assert moved.office_name == "河西司法所"


@pytest.mark.parametrize("claim", ["role", "unit", "post", "person"])
async def test_an_actor_who_claims_another_post_opens_nothing(database: Database, bureau: Bureau, claim: str) -> None:
    subject = await a_subject(database, bureau.other_officer, bureau.other_office)
    claims = {
        "role": replace(bureau.counsellor, role=Role.OFFICER),
        "unit": replace(bureau.officer, unit=bureau.bureau),
        "post": replace(bureau.officer, post=bureau.other_officer.post),
        "person": replace(bureau.other_officer, person=bureau.officer.person),
    }
    with pytest.raises(NotYours):
        await access_case(database, claims[claim], subject.id, Power.SEE_CASE, NINE)
