"""One check-in before it has ended: its link, the way into the call, calling it off, why it was missed."""

from dataclasses import dataclass
from http import HTTPStatus

import segno
from aiohttp import web
from markupsafe import Markup

from accounts.actor import Actor
from accounts.details import BadDetail
from accounts.powers import Power
from checkins.checkin import GOING_ON, INVITING, CheckInId, CheckInState
from checkins.links import NoLinkNow
from web.forms import Form, posted
from web.frame import staff_page
from web.neighbours import neighbours
from web.rows import tag_of
from web.security import own_origin
from web.sessions import may, staff
from web.words import N_

WRONG_REASON = {
    "missing": N_("请写明原因。"),
    "too_long": N_("原因太长了，最多 2000 个字。"),
}
TOO_LATE = N_("这次核查已经开始、结束或过了时间，不能再发链接。")


@dataclass(frozen=True, slots=True)
class Door:
    """The way into the call, as it stands: the main thing to do once somebody is there."""

    title: str
    text: str
    action: str
    main: bool


DOORS = {
    CheckInState.SCHEDULED: Door(
        N_("本人还没有到"), N_("可以先进去等。您请进之前不会录像，也不会比对。"), N_("先进去等"), main=False
    ),
    CheckInState.WAITING: Door(N_("本人已经在等候"), N_("您请进之前不会录像，也不会比对。"), N_("去请进"), main=True),
    CheckInState.LIVE: Door(N_("通话正在进行"), N_("您可以随时回到通话。"), N_("回到通话"), main=True),
    CheckInState.INTERRUPTED: Door(
        N_("断线了，正在等待接回"), N_("接回来以后，还是同一次核查。"), N_("回到通话"), main=True
    ),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is shown this once; we keep only its hash."""

    url: str
    qr: Markup


def link_at(origin: str, token: str) -> Link:
    """The address that the subject opens, also as a picture to scan. Dark on light in both schemes, for cameras."""
    url = f"{origin}/c/{token}"
    svg = segno.make(url, error="m").svg_inline(border=3, dark="#1d2528", light="#ffffff", omitsize=True)
    return Link(url, Markup(svg))  # segno's own drawing; the address is not text in it


@staff
async def show(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The page of one check-in; an ended one is at its review."""
    return await check_in_page(request, actor, Form())


@staff
async def send_link(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A new link, shown on this answer and never again: not by a redirect, for nobody keeps it to show it there."""
    near = neighbours(request)
    check_in = CheckInId(request.match_info["check_in"])
    try:
        token = await near.appointments.send_link(actor, check_in, near.now())
    except NoLinkNow:
        return await check_in_page(request, actor, Form(general=TOO_LATE))
    return await check_in_page(request, actor, Form(), link_at(own_origin(request), token))


@staff
async def call_off(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The check-in will not take place."""
    near = neighbours(request)
    values = await posted(request)
    check_in = CheckInId(request.match_info["check_in"])
    try:
        await near.appointments.call_off(actor, check_in, values.get("reason", ""), near.now())
    except BadDetail as bad:
        return await check_in_page(request, actor, Form(values, {"reason": WRONG_REASON[bad.reason_code]}))
    raise web.HTTPSeeOther(f"/check-ins/{check_in}")


@staff
async def file_missed(request: web.Request, actor: Actor) -> web.StreamResponse:
    """Why nobody met, as a person found out; filed."""
    near = neighbours(request)
    values = await posted(request)
    check_in = CheckInId(request.match_info["check_in"])
    try:
        await near.appointments.file_missed(actor, check_in, values.get("reason", ""), near.now())
    except BadDetail as bad:
        return await check_in_page(request, actor, Form(values, {"reason": WRONG_REASON[bad.reason_code]}))
    raise web.HTTPSeeOther(f"/check-ins/{check_in}")


async def check_in_page(request: web.Request, actor: Actor, form: Form, link: Link | None = None) -> web.Response:
    """The page, with the link when one has just been made, or the form that came back; that it was seen is in the
    audit log.
    """
    near = neighbours(request)
    check_in = CheckInId(request.match_info["check_in"])
    row = await near.appointments.get(actor, check_in, near.now())
    await near.audit.note(actor, "open_check_in", f"check-in/{check_in}", near.now())
    state = row.appointment.check_in.state
    return await staff_page(
        request,
        actor,
        "check_in.html",
        section="/today",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_wrong else HTTPStatus.OK,
        here=f"/check-ins/{check_in}",
        row=row,
        tag=tag_of(row),
        door=DOORS.get(state) if may(actor, Power.HOST) else None,
        may_send=state in INVITING and may(actor, Power.SCHEDULE),
        may_file_missed=state is CheckInState.MISSED and may(actor, Power.CONCLUDE),
        may_review=row.appointment.entry is not None and may(actor, Power.REVIEW),
        link=link,
        form=form,
    )


@staff
async def live(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The room of the call, for who may host; that it was opened is in the audit log. Once over, on to its page."""
    near = neighbours(request)
    check_in = CheckInId(request.match_info["check_in"])
    row = await near.appointments.get(actor, check_in, near.now(), Power.HOST)
    if row.appointment.check_in.state not in INVITING | GOING_ON:
        raise web.HTTPSeeOther(f"/check-ins/{check_in}")
    await near.audit.note(actor, "open_live", f"check-in/{check_in}", near.now())
    return await staff_page(request, actor, "live.html", row=row)


@staff
async def id_number(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The whole identity number, for who hosts and asks for it; that it was seen is in the audit log first."""
    near = neighbours(request)
    check_in = CheckInId(request.match_info["check_in"])
    row = await near.appointments.get(actor, check_in, near.now(), Power.HOST)
    await near.audit.note(actor, "see_id_number", f"check-in/{check_in}", near.now())
    return web.json_response({"id_number": row.subject.id_number})


ROUTES = (
    web.get("/check-ins/{check_in}", show),
    web.post("/check-ins/{check_in}/link", send_link),
    web.post("/check-ins/{check_in}/call-off", call_off),
    web.post("/check-ins/{check_in}/missed", file_missed),
    web.get("/check-ins/{check_in}/live", live),
    web.post("/check-ins/{check_in}/id-number", id_number),
)
