"""Live lessons for staff: the list, planning one, its links, the live page, and what is on record afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import PurePath
from urllib.parse import parse_qsl

import segno
from aiohttp import web
from markupsafe import Markup

from accounts.actor import Actor
from accounts.details import BadDetail
from accounts.powers import NotYours, Power, require
from accounts.subjects import SubjectId
from cases.entries import RecordingFiled
from courses.floor import Place
from courses.lesson import LessonId, LessonState
from courses.lessons import LessonPage, NoLinksNow
from courses.plan import Learner
from web.dates import for_input, from_input
from web.forms import LONGEST_FORM, Form
from web.frame import staff_page
from web.neighbours import neighbours
from web.pages.recordings import CONTENT_TYPE, asked_for, file_response
from web.security import own_origin
from web.sessions import may, staff
from web.words import N_

NEXT_START = timedelta(minutes=30)  # what the field proposes: time enough to hand out links

WRONG = {
    ("title", "missing"): N_("请写上这节课讲什么。"),
    ("title", "too_long"): N_("题目太长了，最多 60 个字。"),
    ("title", "unprintable"): N_("题目里有看不见的字符，请重新输入。"),
    ("starts_at", "past"): N_("这个时间已经过了，请选以后的时间。"),
    ("starts_at", "form"): N_("请选一个日期和时间。"),
    ("learners", "none"): N_("请至少选一个人。"),
    ("learners", "too_many"): N_("人太多了，一节课最多 60 人。请分成几节课。"),
    ("learners", "minors_apart"): N_("未成年人要和成年人分开上课，请分成两节课。"),
}
TOO_LATE = N_("这节课已经结束、取消或过了时间，不能再发链接。")


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A learner's link as it is shown this once; we keep only its hash."""

    learner: Learner
    url: str
    qr: Markup


@dataclass(frozen=True, slots=True)
class ShownRecording:
    """A recording of a lesson for its player: what it shows, and since when."""

    filed: RecordingFiled
    kind: str
    name: str
    url: str

    @property
    def broken(self) -> bool:
        """Whether something is missing; a screen without sound lacks nothing."""
        gaps = (gap for gap in self.filed.gaps if self.kind != "screen" or gap.kind == "video")
        return self.filed.state != "sealed" or any(gaps)


@staff
async def everything(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The lessons of the actor's area."""
    lines = await neighbours(request).lessons.lines(actor)
    return await staff_page(
        request, actor, "lessons.html", section="/lessons", lines=lines, may_teach=may(actor, Power.TEACH)
    )


@staff
async def new(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The form for a new lesson."""
    require(actor, Power.TEACH)
    now = neighbours(request).now()
    return await form_page(request, actor, Form({"starts_at": for_input(now + NEXT_START)}), ())


@staff
async def plan(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A new lesson, and on to its page, where its links are made."""
    require(actor, Power.TEACH)
    near = neighbours(request)
    values, chosen = await posted_lesson(request)
    try:
        starts_at = from_input(values.get("starts_at", ""))
    except ValueError:
        return await form_page(request, actor, Form(values, {"starts_at": WRONG["starts_at", "form"]}), chosen)
    try:
        lesson = await near.lessons.plan(actor, values.get("title", ""), starts_at, chosen, near.now())
    except BadDetail as bad:
        return await form_page(request, actor, Form(values, {bad.field: WRONG[bad.field, bad.reason_code]}), chosen)
    raise web.HTTPSeeOther(f"/lessons/{lesson}")


async def posted_lesson(request: web.Request) -> tuple[dict[str, str], Sequence[SubjectId]]:
    """What was typed, and who was chosen: the one field that comes many times."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType
    body = await request.read()
    if len(body) > LONGEST_FORM:
        raise web.HTTPRequestEntityTooLarge(LONGEST_FORM)
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        raise web.HTTPBadRequest from None
    chosen = [SubjectId(value) for name, value in fields if name == "learner"]
    return {name: value for name, value in fields if name != "learner"}, chosen


async def form_page(request: web.Request, actor: Actor, form: Form, chosen: Sequence[SubjectId]) -> web.Response:
    """The form, as it came back if it did; people by their office."""
    near = neighbours(request)
    offices: dict[str, list[object]] = {}
    for subject in await near.lessons.choosable(actor):
        offices.setdefault(subject.office_name, []).append(subject)
    return await staff_page(
        request,
        actor,
        "lesson_new.html",
        section="/lessons",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_wrong else HTTPStatus.OK,
        here="/lessons/new",
        form=form,
        offices=sorted(offices.items()),
        chosen=chosen,
        most=near.lessons.policy.lesson.most_learners,
    )


@staff
async def show(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The page of one lesson."""
    return await lesson_page(request, actor, Form())


@staff
async def send_links(request: web.Request, actor: Actor) -> web.StreamResponse:
    """New links for everybody who has not used theirs, or for one learner; shown on this answer and never again."""
    near = neighbours(request)
    place = request.match_info.get("place")
    wanted = None if place is None else Place(int(place))
    try:
        tokens = await near.lessons.send_links(actor, LessonId(request.match_info["lesson"]), near.now(), wanted)
    except NoLinksNow:
        return await lesson_page(request, actor, Form(general=TOO_LATE))
    return await lesson_page(request, actor, Form(), tokens)


@staff
async def call_off(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The lesson will not take place."""
    near = neighbours(request)
    lesson = LessonId(request.match_info["lesson"])
    await near.lessons.call_off(actor, lesson, near.now())
    raise web.HTTPSeeOther(f"/lessons/{lesson}")


async def lesson_page(
    request: web.Request, actor: Actor, form: Form, tokens: Mapping[Place, str] | None = None
) -> web.Response:
    """The page, with the links when they have just been made."""
    near = neighbours(request)
    lesson = LessonId(request.match_info["lesson"])
    shown = await near.lessons.page(actor, lesson, near.now())
    await near.audit.note(actor, "open_lesson", f"lesson/{lesson}", near.now())
    names = {learner.place: learner.name for learner in shown.plan.learners}
    return await staff_page(
        request,
        actor,
        "lesson.html",
        section="/lessons",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_wrong else HTTPStatus.OK,
        here=f"/lessons/{lesson}",
        shown=shown,
        plan=shown.plan,
        form=form,
        links=links_of(shown, tokens or {}, own_origin(request)),
        may_teach=may(actor, Power.TEACH),
        is_open=shown.plan.lesson.state is LessonState.OPEN,
        is_planned=shown.plan.lesson.state is LessonState.PLANNED,
        recordings=recordings_of(shown),
        names=names,
    )


def links_of(shown: LessonPage, tokens: Mapping[Place, str], origin: str) -> list[ShownLink]:
    """The links that have just been made, in the order of the places."""
    made = []
    for learner in shown.plan.learners:
        if learner.place in tokens:
            url = f"{origin}/l/{tokens[learner.place]}"
            svg = segno.make(url, error="m").svg_inline(border=3, dark="#1d2528", light="#ffffff", omitsize=True)
            made.append(ShownLink(learner, url, Markup(svg)))  # segno's own drawing
    return made


def recordings_of(shown: LessonPage) -> Sequence[ShownRecording]:
    """What there is to play, in the order of time; the teacher first."""
    body = next(iter(shown.attended.values()), None)
    if body is None:
        return []
    speakers = {turn.seat: shown.plan.learner(Place(turn.place)).name for turn in body.turns}
    return [
        ShownRecording(
            filed,
            filed.seat.partition("-")[0],
            speakers.get(filed.seat, ""),
            f"/lessons/{shown.plan.id}/recordings/{filed.seat}{suffix_of(filed)}",
        )
        for filed in body.recordings
    ]


def suffix_of(filed: RecordingFiled) -> str:
    """How its file ends: what it was sent as decides."""
    return PurePath(filed.file.name).suffix if filed.file else ""


@staff
async def live(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The teacher's live page; an ended lesson is at its record."""
    near = neighbours(request)
    lesson = LessonId(request.match_info["lesson"])
    await near.lessons.may_teach(actor, lesson, near.now())
    shown = await near.lessons.page(actor, lesson, near.now())
    await near.audit.note(actor, "open_lesson", f"lesson/{lesson}", near.now())
    if shown.plan.lesson.state not in (LessonState.PLANNED, LessonState.OPEN):
        raise web.HTTPSeeOther(f"/lessons/{lesson}")
    return await staff_page(request, actor, "lesson_live.html", section="/lessons", plan=shown.plan)


@staff
async def recording(request: web.Request, actor: Actor) -> web.StreamResponse:
    """One recording of a lesson, or the range of it that was asked for."""
    near = neighbours(request)
    lesson = LessonId(request.match_info["lesson"])
    shown = await near.lessons.page(actor, lesson, near.now())
    seat = request.match_info["seat"]
    body = next(iter(shown.attended.values()), None)
    filed = next((one for one in body.recordings if one.seat == seat), None) if body else None
    if filed is None or filed.file is None or suffix_of(filed) != PurePath(request.path).suffix:
        raise NotYours
    first, last = asked_for(request, filed.file.size)
    detail: dict[str, str | int | float] = {"seat": seat, "first_byte": first, "last_byte": last}
    await near.audit.note(actor, "view_recording", f"lesson/{lesson}", near.now(), detail=detail)
    return await file_response(request, filed.file, CONTENT_TYPE[suffix_of(filed)])


ROUTES = (
    web.get("/lessons", everything),
    web.get("/lessons/new", new),
    web.post("/lessons", plan),
    web.get("/lessons/{lesson}", show),
    web.post("/lessons/{lesson}/links", send_links),
    web.post(r"/lessons/{lesson}/links/{place:\d{1,3}}", send_links),
    web.post("/lessons/{lesson}/call-off", call_off),
    web.get("/lessons/{lesson}/live", live),
    web.get(r"/lessons/{lesson}/recordings/{seat:[a-z0-9-]{1,20}}.webm", recording),
    web.get(r"/lessons/{lesson}/recordings/{seat:[a-z0-9-]{1,20}}.mkv", recording),
)
