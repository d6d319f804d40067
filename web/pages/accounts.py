"""The administrator's page: units, staff, and who holds which post."""

from http import HTTPStatus

from aiohttp import web

from accounts.actor import Actor, PersonId, PostId, Role, UnitId
from accounts.details import LONGEST_PASSWORD, SHORTEST_PASSWORD, BadDetail
from accounts.organisation import Unit, UnitKind
from accounts.powers import Power, require
from web.forms import Form, posted
from web.frame import staff_page
from web.neighbours import neighbours
from web.rendering import words_of
from web.sessions import staff
from web.words import N_

WRONG_DETAILS = {
    ("login", "form"): N_("账号用 2 到 40 个小写字母、数字或 . _ -，以字母或数字开头。"),
    ("login", "taken"): N_("这个账号已经有人用了，请换一个。"),
    ("name", "missing"): N_("请填写姓名或名称。"),
    ("name", "too_long"): N_("太长了，最多 60 个字。"),
    ("name", "unprintable"): N_("里面有看不见的字符，请重新输入。"),
    ("password", "too_short"): N_("这个密码只有 %(length)s 个字符，至少要 %(least)s 个。一句只有自己知道的话最好记。"),
    ("password", "too_long"): N_("这个密码有 %(length)s 个字符，最多 %(most)s 个。"),
    ("password", "same"): N_("新密码和现在的一样。"),
    ("phone", "form"): N_("电话号码用 7 到 15 个数字，前面可以有 +。"),
    ("person", "unknown"): N_("请选择一位工作人员。"),
    ("unit", "unknown"): N_("请选择一个单位。"),
    ("parent", "unknown"): N_("请选择上级单位。"),
    ("post", "unknown"): N_("这个岗位已经结束了。"),
}
CHOOSE = N_("请选择。")


async def accounts_page(request: web.Request, actor: Actor, form: Form, about: str = "") -> web.Response:
    """The whole page; `about` names the form that came back: "staff", "post", "unit" or "phone"."""
    near = neighbours(request)
    units = await near.organisation.units()
    people = await near.people.staff()
    return await staff_page(
        request,
        actor,
        "accounts.html",
        section="/accounts",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_wrong else HTTPStatus.OK,
        here="/accounts",
        units=units,
        depths=depths(units),
        names={unit.id: unit.name for unit in units},
        people=[(person, await near.people.posts_of(person.id, near.now())) for person in people],
        roles=list(Role),
        kinds=list(UnitKind),
        forms={name: form if name == about else Form() for name in ("staff", "post", "unit", "phone")},
    )


def depths(units: list[Unit]) -> dict[UnitId, int]:
    """How far each unit is below the top; `units` has each after its parent."""
    found: dict[UnitId, int] = {}
    for unit in units:
        found[unit.id] = 0 if unit.parent is None else found[unit.parent] + 1
    return found


@staff
async def show(request: web.Request, actor: Actor) -> web.StreamResponse:
    """Units, staff and posts."""
    require(actor, Power.MANAGE_ACCOUNTS)
    return await accounts_page(request, actor, Form())


@staff
async def add_staff(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A new account. It opens nothing until it is given a post."""
    require(actor, Power.MANAGE_ACCOUNTS)
    near = neighbours(request)
    values = await posted(request)
    password = values.pop("password", "")
    try:
        await near.people.add_staff(values.get("login", ""), values.get("name", ""), password, near.now(), by=actor)
    except BadDetail as bad:
        return await accounts_page(request, actor, wrong(request, values, bad), "staff")
    raise web.HTTPSeeOther("/accounts#staff")


@staff
async def give_post(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A post for somebody, from now on."""
    require(actor, Power.MANAGE_ACCOUNTS)
    near = neighbours(request)
    values = await posted(request)
    try:
        await near.people.give_post(
            PersonId(values.get("person", "")),
            Role(values.get("role", "")),
            UnitId(values.get("unit", "")),
            near.now(),
            by=actor,
        )
    except BadDetail as bad:
        return await accounts_page(request, actor, wrong(request, values, bad), "post")
    except ValueError:
        return await accounts_page(request, actor, Form(values, {"role": CHOOSE}), "post")
    raise web.HTTPSeeOther("/accounts#staff")


@staff
async def end_post(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The post is over, now, also where somebody is signed in with it."""
    require(actor, Power.MANAGE_ACCOUNTS)
    near = neighbours(request)
    try:
        await near.people.end_post(PostId(request.match_info["post"]), near.now(), by=actor)
    except BadDetail as bad:
        return await accounts_page(request, actor, Form(general=WRONG_DETAILS[bad.field, bad.reason_code]), "post")
    raise web.HTTPSeeOther("/accounts#staff")


@staff
async def add_unit(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A new unit; where it is in the tree decides who sees its cases, and it stays there."""
    require(actor, Power.MANAGE_ACCOUNTS)
    near = neighbours(request)
    values = await posted(request)
    try:
        await near.organisation.add_unit(
            values.get("name", ""),
            UnitKind(values.get("kind", "")),
            UnitId(values.get("parent", "")),
            near.now(),
            by=actor,
        )
    except BadDetail as bad:
        return await accounts_page(request, actor, wrong(request, values, bad), "unit")
    except ValueError:
        return await accounts_page(request, actor, Form(values, {"kind": CHOOSE}), "unit")
    raise web.HTTPSeeOther("/accounts#units")


@staff
async def set_phone(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The telephone number of a unit's office; an empty one takes it away."""
    require(actor, Power.MANAGE_ACCOUNTS)
    near = neighbours(request)
    phone = (await posted(request)).get("phone", "")
    try:
        await near.organisation.set_phone(UnitId(request.match_info["unit"]), phone, near.now(), by=actor)
    except BadDetail as bad:
        return await accounts_page(request, actor, Form(general=sentence_for(request, bad)), "phone")
    raise web.HTTPSeeOther("/accounts#units")


def wrong(request: web.Request, values: dict[str, str], bad: BadDetail) -> Form:
    """The form as it comes back with the one thing that is wrong."""
    return Form(values, {bad.field: sentence_for(request, bad)})


def sentence_for(request: web.Request, bad: BadDetail) -> str:
    """What is wrong with a detail, in the page's language, with its figures filled in."""
    sentence = words_of(request).gettext(WRONG_DETAILS[bad.field, bad.reason_code])
    if bad.length is None:
        return sentence
    return sentence % {"length": bad.length, "least": SHORTEST_PASSWORD, "most": LONGEST_PASSWORD}


ROUTES = (
    web.get("/accounts", show),
    web.post("/accounts/staff", add_staff),
    web.post("/accounts/posts", give_post),
    web.post("/accounts/posts/{post}/end", end_post),
    web.post("/accounts/units", add_unit),
    web.post("/accounts/units/{unit}/phone", set_phone),
)
