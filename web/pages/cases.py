"""The page of one case: who it is, the reference picture, check-ins to come and past, and the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import web

from accounts.access import access_case
from accounts.actor import Actor, PostId
from accounts.details import BadDetail
from accounts.powers import Power
from accounts.subjects import SubjectId
from cases.entries import Concluded, Corrected, FaceEnrolled, LessonAttended
from cases.ledger import Entry
from checkins.lists import damaged_rows
from web.dates import for_input, from_input
from web.forms import Form, posted
from web.frame import staff_page
from web.neighbours import Neighbours, neighbours
from web.rows import line_of
from web.sessions import may, staff
from web.wording import CONCLUSIONS, ENTRIES, Tag
from web.words import N_

WRONG_START = {
    "past": N_("这个时间已经过了，请选以后的时间。"),
    "overlaps": N_("这段时间里已经安排了一次核查，请换个时间。"),
    "form": N_("请选一个日期和时间。"),
}
NEXT_START = timedelta(minutes=5)  # what the field proposes: soon enough for a person who is on the phone now


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """An entry of the ledger; `by` is the name of who acted, empty for the server itself."""

    n: int
    text: str
    said: Tag | None
    attended: LessonAttended | None
    by: str
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """When and for which engine the reference picture was taken; another engine cannot use it."""

    at: datetime
    engine: str
    usable: bool


@staff
async def show(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The case; that it was opened is in the audit log."""
    now = neighbours(request).now()
    return await case_page(request, actor, Form({"starts_at": for_input(now + NEXT_START)}))


@staff
async def schedule(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A new check-in, and on to its page, where its link is made."""
    near = neighbours(request)
    subject = SubjectId(request.match_info["subject"])
    await access_case(near.database, actor, subject, Power.SCHEDULE, near.now())
    values = await posted(request)
    try:
        starts_at = from_input(values.get("starts_at", ""))
    except ValueError:
        return await case_page(request, actor, Form(values, {"starts_at": WRONG_START["form"]}))
    try:
        appointment = await near.appointments.schedule(actor, subject, starts_at, near.now())
    except BadDetail as bad:
        return await case_page(request, actor, Form(values, {"starts_at": WRONG_START[bad.reason_code]}))
    raise web.HTTPSeeOther(f"/check-ins/{appointment.id}")


async def case_page(request: web.Request, actor: Actor, form: Form) -> web.Response:
    """The page, with the form as it came back if it did."""
    near = neighbours(request)
    at = near.now()
    subject = await access_case(near.database, actor, SubjectId(request.match_info["subject"]), Power.SEE_CASE, at)
    await near.audit.note(actor, "open_case", f"subject/{subject.id}", at)
    entries = await near.ledger.entries(subject.id)
    return await staff_page(
        request,
        actor,
        "case.html",
        section="/people",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_wrong else HTTPStatus.OK,
        here=f"/people/{subject.id}",
        subject=subject,
        lines=[line_of(row, actor, at) for row in await near.appointments.of_case(actor, subject.id, at)],
        entries=await ledger_lines(near, entries),
        at_odds=await near.appointments.at_odds(subject.id),
        faces_at_odds=await near.enrolments.at_odds(subject.id),
        chain_whole=await near.ledger.verify(subject.id) is None,
        enrolled=enrolled_in(near, entries),
        damaged=[one for one in await damaged_rows(near.database, actor) if one.subject.id == subject.id],
        may_schedule=may(actor, Power.SCHEDULE),
        may_enrol=may(actor, Power.ENROL_FACE),
        form=form,
    )


async def ledger_lines(near: Neighbours, entries: Sequence[Entry]) -> list[LedgerLine]:
    """The entries with the names of who acted, the newest first."""
    posts: set[PostId] = {entry.by for entry in entries if entry.by is not None}
    names = {post: (await near.people.who_acted(post)).name for post in posts}
    return [
        LedgerLine(
            n=entry.n,
            text=ENTRIES[entry.kind],
            said=CONCLUSIONS[entry.body.conclusion] if isinstance(entry.body, Concluded | Corrected) else None,
            attended=entry.body if isinstance(entry.body, LessonAttended) else None,
            by=names[entry.by] if entry.by else "",
            at=entry.at,
            digest=entry.digest,
        )
        for entry in reversed(entries)
    ]


def enrolled_in(near: Neighbours, entries: Sequence[Entry]) -> Enrolled | None:
    """The newest enrolment on file, if there is one."""
    engine = near.verifier.engine
    for entry in reversed(entries):
        if isinstance(entry.body, FaceEnrolled):
            made_by = entry.body.engine
            usable = engine is None or (made_by.name, made_by.model_sha256) == (engine.name, engine.model_sha256)
            return Enrolled(entry.at, made_by.name, usable)
    return None


ROUTES = (
    web.get("/people/{subject}", show),
    web.post("/people/{subject}/check-ins", schedule),
)
