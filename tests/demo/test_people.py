"""The demo bureau: everybody has a post, the numbers are nobody's, and the demo's face is enrolled."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from accounts.actor import Role
from accounts.details import checked_id_number
from accounts.organisation import Organisation, UnitKind
from accounts.passwords import Passwords
from accounts.people import People
from accounts.powers import POWERS, Power
from accounts.subjects import Subjects
from checkins.enrolment import Enrolments
from demo import people as demo
from storage.files import FileStore
from tests.support.databases import fresh_database
from tests.support.fake_engine import FakeVerifier
from tests.support.organisation import NINE

pytestmark = pytest.mark.rim


@dataclass(frozen=True, slots=True)
class Bureau:
    """The demo bureau, as founded."""

    organisation: Organisation
    people: People
    subjects: Subjects
    enrolments: Enrolments


@pytest.fixture
async def bureau(tmp_path: Path) -> AsyncIterator[Bureau]:
    passwords = Passwords()
    async with fresh_database() as database:
        enrolments = Enrolments(database, FakeVerifier(), FileStore(tmp_path))
        made = Bureau(Organisation(database), People(database, passwords), Subjects(database), enrolments)
        assert not await demo.founded(made.organisation, made.people)
        await demo.found(made.organisation, made.people, made.subjects, made.enrolments, NINE)
        assert await demo.founded(made.organisation, made.people)
        assert await demo.is_ours(made.organisation)
        yield made
    passwords.close()


async def test_it_is_one_bureau_five_squadrons_and_nineteen_offices(bureau: Bureau) -> None:
    kinds = Counter(unit.kind for unit in await bureau.organisation.units())
    assert kinds == {UnitKind.BUREAU: 1, UnitKind.BRIGADE: 1, UnitKind.SQUADRON: 5, UnitKind.OFFICE: 19}


async def test_every_role_is_held_by_somebody(bureau: Bureau) -> None:
    actors = [await demo.actor_of(bureau.people, member.login, NINE) for member in demo.STAFF]
    assert {actor.role for actor in actors} == set(Role)


async def test_the_officer_may_host_the_enrolled_subject_and_has_two_more(bureau: Bureau) -> None:
    officer = await demo.actor_of(bureau.people, demo.OFFICER, NINE)
    assert {Power.HOST, Power.ENROL_FACE} <= POWERS[officer.role]
    names = {demo.SUBJECT[0], *(name for name, _, _ in demo.OTHERS)}
    assert {case.name for case in await bureau.subjects.in_area(officer)} == names
    assert await bureau.enrolments.enrolled(officer) == {await demo.subject_of(bureau.subjects, officer)}


@pytest.mark.parametrize("number", [number for _, number, _ in (demo.SUBJECT, *demo.OTHERS)])
def test_a_demo_number_is_well_formed_and_nobodys(number: str) -> None:
    whole = demo.with_check(number)
    assert checked_id_number(whole, NINE) == whole
    assert whole.startswith("99")  # GB/T 2260 has no region that begins so
