"""The demo bureau: one brigade, five squadrons, nineteen offices, posts with people in them, and two subjects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.actor import Actor, PersonId, Role, UnitId
from accounts.details import check_character
from accounts.organisation import Organisation, UnitKind
from accounts.people import People
from accounts.subjects import Level, SubjectId, Subjects
from checkins.enrolment import Enrolments
from demo.clips import enrolment_pictures

BUREAU, BRIGADE = "示范区司法局", "社区矫正执法大队"
# Each squadron answers for one area; together they cover nineteen township offices.
SQUADRONS: Sequence[tuple[str, Sequence[str]]] = (
    ("第一中队", ("东关司法所", "南桥司法所", "北塔司法所", "西园司法所")),
    ("第二中队", ("柳河司法所", "石门司法所", "青岗司法所", "白沙司法所")),
    ("第三中队", ("梅溪司法所", "竹林司法所", "松山司法所", "荷塘司法所")),
    ("第四中队", ("云岭司法所", "清泉司法所", "双湖司法所", "长堤司法所")),
    ("第五中队", ("高坪司法所", "和顺司法所", "安平司法所")),
)
OFFICER, COUNSELLOR = "officer", "counsellor"
HOME, HOME_OFFICE = "第三中队", "梅溪司法所"


@dataclass(frozen=True, slots=True)
class DemoStaff:
    login: str
    name: str
    role: Role
    unit: str


STAFF = (
    DemoStaff("deputy", "示范·高局长", Role.DEPUTY_DIRECTOR, BUREAU),
    DemoStaff("admin", "示范·系统管理员", Role.ADMINISTRATOR, BUREAU),
    DemoStaff("captain", "示范·韩大队长", Role.CAPTAIN, BRIGADE),
    DemoStaff("squadron1", "示范·钱中队长", Role.SQUADRON_LEADER, "第一中队"),
    DemoStaff("squadron2", "示范·孙中队长", Role.SQUADRON_LEADER, "第二中队"),
    DemoStaff(OFFICER, "李矫正官", Role.OFFICER, HOME),
    DemoStaff("squadron4", "示范·吴中队长", Role.SQUADRON_LEADER, "第四中队"),
    DemoStaff("squadron5", "示范·郑中队长", Role.SQUADRON_LEADER, "第五中队"),
    DemoStaff("assistant", "示范·冯助理", Role.ASSISTANT, HOME),
    DemoStaff(COUNSELLOR, "周老师", Role.COUNSELLOR, BUREAU),
)
# Nobody's number: no region begins with 99. What follows the region is the date of birth.
SUBJECT = ("林小雨", "990000199003070017", Level.GENERAL)
OTHERS = (("陈安", "990000198511020014", Level.STRICT), ("何平", "990000197408150019", Level.LENIENT))
PHONE = "13800000000"


async def founded(organisation: Organisation, people: People) -> bool:
    """Whether this installation has an organisation already, ours or somebody's own."""
    return bool(await organisation.units()) or bool(await people.staff())


async def is_ours(organisation: Organisation) -> bool:
    """Whether this installation's organisation is the demo bureau; by its name, for anybody may be called "officer"."""
    return BUREAU in {unit.name for unit in await organisation.units()}


async def found(
    organisation: Organisation, people: People, subjects: Subjects, enrolments: Enrolments, at: datetime
) -> None:
    """Make the bureau, its people and its subjects, and enrol the demo subject's face."""
    units: dict[str, UnitId] = {}
    units[BUREAU] = (await organisation.add_unit(BUREAU, UnitKind.BUREAU, None, at)).id
    units[BRIGADE] = (await organisation.add_unit(BRIGADE, UnitKind.BRIGADE, units[BUREAU], at)).id
    for squadron, offices in SQUADRONS:
        units[squadron] = (await organisation.add_unit(squadron, UnitKind.SQUADRON, units[BRIGADE], at)).id
        for office in offices:
            units[office] = (await organisation.add_unit(office, UnitKind.OFFICE, units[squadron], at)).id
    for member in STAFF:
        staff = await people.add_staff(member.login, member.name, None, at)
        await people.give_post(staff.id, member.role, units[member.unit], at)
    officer = await actor_of(people, OFFICER, at)
    for name, number, level in (SUBJECT, *OTHERS):
        subject = await subjects.register(officer, name, with_check(number), PHONE, level, units[HOME_OFFICE], at)
        if name == SUBJECT[0]:
            await enrolments.enrol(officer, subject.id, enrolment_pictures("subject"), at)


def with_check(number: str) -> str:
    """The number with the check character it must have (GB 11643)."""
    return number[:17] + check_character(number)


async def person_of(people: People, login: str) -> PersonId:
    """The demo member of staff with this login."""
    return next(member.id for member in await people.staff() if member.login == login)


async def actor_of(people: People, login: str, at: datetime) -> Actor:
    """The demo member of staff with this login, in their post."""
    (post,) = await people.posts_of(await person_of(people, login), at)
    return await people.who_acted(post.id)


async def subject_of(subjects: Subjects, officer: Actor) -> SubjectId:
    """The demo subject whose face is enrolled."""
    return next(case.id for case in await subjects.in_area(officer) if case.name == SUBJECT[0])
