from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.actor import PersonId, PostId, Role, UnitId
from accounts.details import BadDetail
from accounts.people import People, Post, StaffRow
from accounts.powers import NotYours
from storage.database import Database
from tests.support.organisation import NINE, PASSWORD, Bureau
from tests.support.records import audited

pytestmark = pytest.mark.rim

LATER = NINE + timedelta(hours=1)


async def refusal(adding) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    with pytest.raises(BadDetail) as caught:
        await adding
    return caught.value.field, caught.value.reason_code


async def test_a_post_is_held_from_its_beginning_until_before_its_end(people: People, bureau: Bureau) -> None:
    person = bureau.officer.person
    second = await people.give_post(person, Role.ASSISTANT, bureau.other_office, LATER)
    await people.end_post(bureau.officer.post, LATER)

    async def held_at(minutes: float) -> list[PostId]:
        return [post.id for post in await people.posts_of(person, NINE + timedelta(minutes=minutes))]

    assert await held_at(-1) == []
    assert await held_at(0) == [bureau.officer.post]
    assert await held_at(59.9) == [bureau.officer.post]
    assert await held_at(60) == [second.id]
    assert await people.posts_of(person, LATER) == [
        Post(second.id, person, Role.ASSISTANT, bureau.other_office, LATER, None)
    ]


async def test_the_newest_post_comes_first(people: People, bureau: Bureau) -> None:
    second = await people.give_post(bureau.officer.person, Role.CAPTAIN, bureau.bureau, LATER)
    posts = await people.posts_of(bureau.officer.person, LATER)
    assert [post.id for post in posts] == [second.id, bureau.officer.post]


async def test_who_acted_in_a_post_is_known_also_after_it_has_ended(people: People, bureau: Bureau) -> None:
    await people.end_post(bureau.officer.post, LATER)
    assert await people.who_acted(bureau.officer.post) == bureau.officer
    assert (bureau.officer.name, bureau.officer.unit_name) == ("王芳", "河东司法所")
    with pytest.raises(NotYours):
        await people.who_acted(PostId("unknown"))


async def test_an_administrator_adds_staff_and_the_log_knows_them_by_id_only(
    people: People, bureau: Bureau, database: Database
) -> None:
    staff = await people.add_staff("Li.Na", "李娜", PASSWORD, NINE, by=bureau.administrator)
    assert staff in await people.staff()
    assert (staff.login, staff.name) == ("li.na", "李娜")
    (entry,) = await audited(database, f"staff/{staff.id}")
    assert (entry.verb, entry.person) == ("add_staff", bureau.administrator.person)
    assert "李娜" not in repr(await audited(database))
    assert "li.na" not in repr(await audited(database))


async def test_no_password_is_ever_stored(people: People, database: Database) -> None:
    staff = await people.add_staff("li.na", "李娜", PASSWORD, NINE)
    async with database.reading() as session:
        kept = await session.scalar(select(StaffRow.password_hash).where(StaffRow.id == staff.id))
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


async def test_an_officer_manages_no_accounts(people: People, bureau: Bureau) -> None:
    with pytest.raises(NotYours):
        await people.add_staff("li.na", "李娜", None, NINE, by=bureau.officer)
    with pytest.raises(NotYours):
        await people.give_post(bureau.officer.person, Role.CAPTAIN, bureau.bureau, NINE, by=bureau.officer)
    with pytest.raises(NotYours):
        await people.end_post(bureau.captain.post, NINE, by=bureau.officer)


async def test_what_cannot_be_is_refused_with_a_reason(people: People, bureau: Bureau) -> None:
    person, unit = bureau.officer.person, bureau.office
    assert await refusal(people.add_staff("OFFICER", "李娜", None, NINE)) == ("login", "taken")
    assert await refusal(people.add_staff("李娜", "李娜", None, NINE)) == ("login", "form")
    assert await refusal(people.add_staff("li.na", "", None, NINE)) == ("name", "missing")
    assert await refusal(people.add_staff("li.na", "李娜", "short", NINE)) == ("password", "too_short")
    assert await refusal(people.give_post(PersonId("nobody"), Role.OFFICER, unit, NINE)) == ("person", "unknown")
    assert await refusal(people.give_post(person, Role.OFFICER, UnitId("nowhere"), NINE)) == ("unit", "unknown")
    assert await refusal(people.end_post(PostId("none"), NINE)) == ("post", "unknown")
    await people.end_post(bureau.officer.post, NINE)
    assert await refusal(people.end_post(bureau.officer.post, LATER)) == ("post", "unknown")
