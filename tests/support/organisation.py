"""A small bureau for tests: two squadrons with an office each, and somebody in every kind of post."""

from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.actor import Actor, Role, UnitId
from accounts.organisation import Organisation, UnitKind
from accounts.passwords import Passwords
from accounts.people import People
from accounts.subjects import Level, Subject, Subjects
from storage.database import Database

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # nine in the morning in China
PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Bureau:
    """The units, and one actor a role: those of the first squadron, and the officer of the second."""

    bureau: UnitId
    squadron: UnitId
    office: UnitId
    other_office: UnitId
    director: Actor
    captain: Actor
    leader: Actor
    officer: Actor
    assistant: Actor
    counsellor: Actor
    administrator: Actor
    other_officer: Actor

    def actors(self) -> dict[Role, Actor]:
        """The actor of each role that works for the first squadron's cases, or above them."""
        acting = (self.director, self.captain, self.leader, self.officer, self.assistant, self.counsellor)
        return {actor.role: actor for actor in (*acting, self.administrator)}


async def a_small_bureau(database: Database) -> Bureau:
    """Units and people as they stand at NINE; logins are the roles' values; none has a password."""
    organisation = Organisation(database)
    passwords = Passwords()
    people = People(database, passwords)
    top = (await organisation.add_unit("明川县司法局", UnitKind.BUREAU, None, NINE)).id
    brigade = (await organisation.add_unit("执法大队", UnitKind.BRIGADE, top, NINE)).id
    squadron = (await organisation.add_unit("一中队", UnitKind.SQUADRON, brigade, NINE)).id
    other_squadron = (await organisation.add_unit("二中队", UnitKind.SQUADRON, brigade, NINE)).id
    office = (await organisation.add_unit("河东司法所", UnitKind.OFFICE, squadron, NINE)).id
    other_office = (await organisation.add_unit("河西司法所", UnitKind.OFFICE, other_squadron, NINE)).id

    async def somebody(login: str, name: str, role: Role, unit: UnitId) -> Actor:
        person = await people.add_staff(login, name, None, NINE)
        post = await people.give_post(person.id, role, unit, NINE)
        return await people.who_acted(post.id)

    try:
        return Bureau(
            bureau=top,
            squadron=squadron,
            office=office,
            other_office=other_office,
            director=await somebody("deputy_director", "周明", Role.DEPUTY_DIRECTOR, top),
            captain=await somebody("captain", "吴刚", Role.CAPTAIN, brigade),
            leader=await somebody("squadron_leader", "郑海", Role.SQUADRON_LEADER, squadron),
            officer=await somebody("officer", "王芳", Role.OFFICER, office),
            assistant=await somebody("assistant", "刘洋", Role.ASSISTANT, office),
            counsellor=await somebody("counsellor", "陈静", Role.COUNSELLOR, top),
            administrator=await somebody("administrator", "孙亮", Role.ADMINISTRATOR, top),
            other_officer=await somebody("other_officer", "马超", Role.OFFICER, other_squadron),
        )
    finally:
        passwords.close()


async def a_subject(
    database: Database, actor: Actor, office: UnitId, name: str = "张建伟", id_number: str = "11010519491231002X"
) -> Subject:
    """A case at the office, registered by the actor. The number is the standard's own example, nobody's."""
    return await Subjects(database).register(actor, name, id_number, "13800138000", Level.GENERAL, office, NINE)
