import pytest

from accounts.actor import Role, UnitId
from accounts.details import BadDetail
from accounts.powers import POWERS, NotYours, Power
from accounts.subjects import Level, Subjects
from storage.database import Database
from tests.support.organisation import NINE, Bureau, a_subject
from tests.support.records import audited

pytestmark = pytest.mark.rim

MINOR = "110105201001010010"


async def test_a_registered_subject_is_a_case_in_the_area(database: Database, bureau: Bureau) -> None:
    subject = await Subjects(database).register(
        bureau.officer, " 张建伟 ", "11010519491231002x", "138-0013-8000", Level.NEW, bureau.office, NINE
    )
    assert (subject.name, subject.id_number, subject.phone) == ("张建伟", "11010519491231002X", "13800138000")
    assert (subject.office_name, subject.level, subject.minor) == ("河东司法所", Level.NEW, False)
    assert (subject.masked_name, subject.masked_id_number) == ("张*伟", "1101**********002X")
    assert await Subjects(database).in_area(bureau.officer) == [subject]


async def test_somebody_under_age_is_known_from_the_id_number(database: Database, bureau: Bureau) -> None:
    subject = await a_subject(database, bureau.officer, bureau.office, id_number=MINOR)
    assert subject.minor


async def test_a_list_ends_where_the_area_ends(database: Database, bureau: Bureau) -> None:
    ours = await a_subject(database, bureau.officer, bureau.office)
    theirs = await a_subject(database, bureau.other_officer, bureau.other_office, id_number=MINOR)
    subjects = Subjects(database)
    assert await subjects.in_area(bureau.officer) == [ours]
    assert await subjects.in_area(bureau.other_officer) == [theirs]
    assert {subject.id for subject in await subjects.in_area(bureau.captain)} == {ours.id, theirs.id}


@pytest.mark.parametrize("role", Role)
async def test_only_posts_that_see_cases_get_a_list(database: Database, bureau: Bureau, role: Role) -> None:
    subject = await a_subject(database, bureau.officer, bureau.office)
    actor = bureau.actors()[role]
    if Power.SEE_CASE in POWERS[role]:
        assert await Subjects(database).in_area(actor) == [subject]
    else:
        with pytest.raises(NotYours):
            await Subjects(database).in_area(actor)


async def test_registering_outside_the_area_is_refused_and_noted(database: Database, bureau: Bureau) -> None:
    for office in (bureau.other_office, bureau.bureau, UnitId("nowhere")):
        with pytest.raises(NotYours):
            await a_subject(database, bureau.officer, office)
    with pytest.raises(NotYours):
        await a_subject(database, bureau.assistant, bureau.office)
    assert await Subjects(database).in_area(bureau.director) == []
    assert [(entry.verb, entry.post, entry.allowed) for entry in (await audited(database))[-3:]] == [
        ("register_subject", bureau.officer.post, False)
    ] * 3


async def test_one_person_is_one_case_and_the_second_try_is_noted(database: Database, bureau: Bureau) -> None:
    subject = await a_subject(database, bureau.officer, bureau.office)
    with pytest.raises(BadDetail) as caught:
        await a_subject(database, bureau.other_officer, bureau.other_office)
    assert (caught.value.field, caught.value.reason_code) == ("id_number", "registered_already")
    entry = (await audited(database, f"subject/{subject.id}"))[-1]
    assert (entry.post, entry.allowed) == (bureau.other_officer.post, False)


async def test_no_name_number_or_phone_reaches_the_audit_log(database: Database, bureau: Bureau) -> None:
    await a_subject(database, bureau.officer, bureau.office)
    log = repr(await audited(database))
    assert not [found for found in ("张建伟", "11010519491231002X", "13800138000") if found in log]
