"""The people of the actor's area: the list, and a new case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web

from accounts.actor import Actor, UnitId
from accounts.details import BadDetail, checked_id_number, checked_name, checked_phone
from accounts.organisation import Unit, UnitKind
from accounts.powers import NotYours, Power, require
from accounts.subjects import Level, Subject
from web.forms import Form, posted
from web.frame import staff_page
from web.neighbours import neighbours
from web.rendering import page
from web.sessions import may, staff
from web.words import N_

# What is wrong with a field, by accounts.details' field and reason code.
WRONG_DETAILS = {
    ("name", "missing"): N_("请填写姓名。"),
    ("name", "too_long"): N_("姓名太长了，最多 60 个字。"),
    ("name", "unprintable"): N_("姓名里有看不见的字符，请重新输入。"),
    ("id_number", "missing"): N_("请填写身份证号。"),
    ("id_number", "form"): N_("身份证号应为 18 位：前 17 位是数字，最后一位是数字或 X。"),
    ("id_number", "birth_date"): N_("身份证号里的出生日期不对，请再核对一遍。"),
    ("id_number", "check_character"): N_("身份证号的最后一位对不上，很可能有一位输错了。"),
    ("id_number", "registered_already"): N_("这个身份证号已经登记过了。请在人员里查找，或联系上级查询。"),
    ("phone", "missing"): N_("请填写手机号。"),
    ("phone", "form"): N_("手机号应为 7 到 15 位数字，可以以 + 开头。"),
}
CHOOSE_LEVEL = N_("请选择管理等级。")
CHOOSE_OFFICE = N_("请选择您辖区里的司法所。")


@dataclass(frozen=True, slots=True)
class Search:
    """What the list is narrowed to; an empty field narrows nothing."""

    text: str = ""
    level: str = ""
    office: str = ""
    enrolled: str = ""

    def takes(self, subject: Subject, *, enrolled: bool) -> bool:
        """Whether a person belongs on the list. The text is looked for in the name and the ID number."""
        return (
            (not self.text or self.text.casefold() in subject.name.casefold() or self.text in subject.id_number)
            and self.level in ("", subject.level)
            and self.office in ("", subject.office)
            and self.enrolled in ("", "yes" if enrolled else "no")
        )


@staff
async def everybody(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The people of the actor's area; names stay masked until a case is opened."""
    return await list_page(request, actor, Search())


@staff
async def search(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The list narrowed. By POST, so that no name stands in an address, a history or a proxy's log."""
    typed = await posted(request)
    wanted = Search(*(typed.get(name, "").strip() for name in ("q", "level", "office", "enrolled")))
    return await list_page(request, actor, wanted)


async def list_page(request: web.Request, actor: Actor, wanted: Search) -> web.Response:
    """Who is found; only that part when a script asks."""
    near = neighbours(request)
    people = await near.subjects.in_area(actor)
    enrolled = await near.enrolments.enrolled(actor)
    values: dict[str, Any] = {
        "found": [person for person in people if wanted.takes(person, enrolled=person.id in enrolled)],
        "enrolled": enrolled,
        "everybody": len(people),
        "may_add": may(actor, Power.REGISTER_SUBJECT),
    }
    if "HX-Request" in request.headers:
        return page(request, "people_found.html", **values)
    return await staff_page(
        request,
        actor,
        "people.html",
        section="/people",
        search=wanted,
        offices=sorted({(person.office, person.office_name) for person in people}, key=lambda office: office[1]),
        levels=list(Level),
        **values,
    )


async def offices_of(request: web.Request, actor: Actor) -> list[Unit]:
    """The judicial offices in the actor's area."""
    organisation = neighbours(request).organisation
    area = await organisation.below(actor.unit)
    return [unit for unit in await organisation.units() if unit.id in area and unit.kind is UnitKind.OFFICE]


async def add_form(request: web.Request, actor: Actor, form: Form) -> web.Response:
    """The form for a new case; one office is chosen already where there is only one."""
    offices = await offices_of(request, actor)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_wrong else HTTPStatus.OK
    return await staff_page(
        request,
        actor,
        "people_new.html",
        section="/people",
        status=status,
        form=form,
        offices=offices,
        levels=list(Level),
    )


@staff
async def show_add(request: web.Request, actor: Actor) -> web.StreamResponse:
    """An empty form for a new case."""
    require(actor, Power.REGISTER_SUBJECT)
    return await add_form(request, actor, Form({"level": Level.NEW.value}))


@staff
async def add(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A new case, and on to its page; or the form again with everything that has to change."""
    require(actor, Power.REGISTER_SUBJECT)
    near = neighbours(request)
    values = await posted(request)
    problems = problems_with(values, near.now())
    if problems:
        return await add_form(request, actor, Form(values, problems))
    try:
        subject = await near.subjects.register(
            actor,
            values["name"],
            values["id_number"],
            values["phone"],
            Level(values["level"]),
            UnitId(values.get("office", "")),
            near.now(),
        )
    except BadDetail as bad:
        return await add_form(request, actor, Form(values, {bad.field: WRONG_DETAILS[bad.field, bad.reason_code]}))
    except NotYours:
        return await add_form(request, actor, Form(values, {"office": CHOOSE_OFFICE}))
    raise web.HTTPSeeOther(f"/people/{subject.id}")


def problems_with(values: Mapping[str, str], at: datetime) -> dict[str, str]:
    """What is wrong with each field, all of it at once; register() would stop at the first."""
    checks: dict[str, Callable[[str], object]] = {
        "name": lambda value: checked_name("name", value),
        "id_number": lambda value: checked_id_number(value, at),
        "phone": checked_phone,
    }
    problems = {}
    for name, check in checks.items():
        try:
            check(values.get(name, ""))
        except BadDetail as bad:
            problems[name] = WRONG_DETAILS[name, bad.reason_code]
    if values.get("level") not in set(Level):
        problems["level"] = CHOOSE_LEVEL
    return problems


ROUTES = (
    web.get("/people", everybody),
    web.post("/people", search),
    web.get("/people/new", show_add),
    web.post("/people/new", add),
)
