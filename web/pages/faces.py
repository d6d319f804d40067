"""Enrolling a face: 3 to 5 pictures from a camera or from files, hints while they are taken, the reference picture."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from accounts.access import access_case
from accounts.actor import Actor
from accounts.details import BadDetail
from accounts.powers import NotYours, Power
from accounts.subjects import Subject, SubjectId
from recognition.enrolment import FEWEST_PICTURES, MOST_PICTURES, Enrolment, PictureReport
from recognition.pictures import MOST_BYTES, BadPicture
from recognition.verdict import Reason
from web.errors import wants_json
from web.frame import staff_page
from web.neighbours import neighbours
from web.rendering import words_of
from web.sessions import staff
from web.uploads import UPLOADS
from web.wording import REASONS
from web.words import N_

LARGEST_FORM = MOST_PICTURES * MOST_BYTES + 64 * 1024  # bytes
MOST_PARTS = 2 * MOST_PICTURES  # fields that were left empty among them; one picture too many is refused by its number
BOUNDARY = re.compile(r"boundary=\"?([0-9A-Za-z'()+_,./:=?-]{1,70})(?![^\";])")  # RFC 2046 §5.1.1, but for spaces

NO_FACE = N_("没有看到脸")
SEVERAL_FACES = N_("画面里不止一个人")
REPEATED = N_("和前面的一张几乎一样")
AT_ODDS = N_("和别的照片不像同一个人")
COUNT = N_("请给 3 到 5 张照片。")
NO_ENGINE = N_("现在没有可用的人脸引擎，没法登记（技术原因）。没有登记照也能核查。")
NOT_ALL_GOOD = N_("能用的照片不够 3 张。请看下面的提示，重拍不合格的。")
SAME_AGAIN = N_("有几张几乎是同一张照片。请在不同的时刻、换一点角度再拍，系统才认得准。")
NOT_ONE_PERSON = N_("有的照片看起来不是同一个人，请核对后重拍。")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was enrolled, and what is wrong with each picture; a picture without sentences is good."""

    title: str
    pictures: tuple[tuple[str, ...], ...] = ()


@staff
async def show(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The form, around which a camera is offered where there is one."""
    return await face_page(request, actor, None)


@staff
async def enrol(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A new reference picture, and back to the case; or what was wrong, and then nothing of it was kept."""
    near = neighbours(request)
    subject = await case_to_enrol(request, actor)
    uploads = request.app[UPLOADS]
    async with uploads.place():
        async with uploads.arriving():
            pictures = await pictures_in(request)
        try:
            enrolment = await near.enrolments.enrol(actor, subject.id, pictures, near.now())
        except BadDetail:
            return await refused(request, actor, Refusal(COUNT))
    if enrolment.reference is None:
        return await refused(request, actor, refusal_of(enrolment))
    if wants_json(request):
        return web.json_response({"done": f"/people/{subject.id}"})
    raise web.HTTPSeeOther(f"/people/{subject.id}")


async def refused(request: web.Request, actor: Actor, refusal: Refusal) -> web.Response:
    """The page again; to the page's script the sentences alone, for it still has the pictures, and we keep none."""
    if not wants_json(request):
        return await face_page(request, actor, refusal)
    words = words_of(request)
    pictures = [[words.gettext(sentence) for sentence in sentences] for sentences in refusal.pictures]
    said = {"title": words.gettext(refusal.title), "pictures": pictures}
    return web.json_response(said)  # an answer, not an error: browsers log those as ours


async def pictures_in(request: web.Request) -> list[bytes]:
    """The files of a multipart form, those that were left empty apart; 413 for what no camera makes, 400 for no form.

    Read as browsers write it and cut up in one go: aiohttp's reader goes line by line, and seconds of nothing but line
    ends would be everybody's.
    """
    if request.content_type != "multipart/form-data":
        raise web.HTTPUnsupportedMediaType
    form = bytearray()
    async for chunk in request.content.iter_any():
        form += chunk
        if len(form) > LARGEST_FORM:
            raise web.HTTPRequestEntityTooLarge(LARGEST_FORM)
    boundary = BOUNDARY.search(request.headers["Content-Type"])
    if boundary is None or not form.startswith(b"--" + boundary[1].encode()):
        raise web.HTTPBadRequest
    parts = form.split(b"\r\n--" + boundary[1].encode(), MOST_PARTS)
    pictures = [bytes(picture) for part in parts if (picture := part.partition(b"\r\n\r\n")[2])]
    if max(map(len, pictures), default=0) > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES)
    return pictures


def refusal_of(enrolment: Enrolment) -> Refusal:
    """The sentences for pictures that did not make a reference."""
    if any(Reason.ENGINE_FAILED in report.reasons for report in enrolment.pictures):
        return Refusal(NO_ENGINE)
    if enrolment.disagree:
        at_odds = set(enrolment.disagree)
        return Refusal(
            NOT_ONE_PERSON, tuple((AT_ODDS,) if n in at_odds else () for n in range(len(enrolment.pictures)))
        )
    sentences = [wrong_with(report) for report in enrolment.pictures]
    for n in enrolment.repeats:
        sentences[n] = (REPEATED,)
    return Refusal(SAME_AGAIN if enrolment.repeats else NOT_ALL_GOOD, tuple(sentences))


def wrong_with(report: PictureReport) -> tuple[str, ...]:
    """What is wrong with one picture, the most telling first; nothing if it is good."""
    if report.ok:
        return ()
    if report.reasons:
        return tuple(REASONS[reason] for reason in report.reasons)
    return (NO_FACE,) if report.faces == 0 else (SEVERAL_FACES,)


@staff
async def look(request: web.Request, actor: Actor) -> web.StreamResponse:
    """Hints about one preview picture, which is not kept: {"faces": 1, "reasons": ["too_dark"], "ok": false}."""
    await case_to_enrol(request, actor)
    try:
        seen = await neighbours(request).verifier.look(await request.read())
    except BadPicture:
        raise web.HTTPUnprocessableEntity from None
    return web.json_response({"faces": seen.faces, "reasons": list(seen.reasons), "ok": seen.ok})


@staff
async def portrait(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The reference picture; that it was seen is in the audit log."""
    near = neighbours(request)
    path = await near.enrolments.portrait(actor, SubjectId(request.match_info["subject"]), near.now())
    if path is None:
        raise NotYours
    content_type = "image/png" if path.suffix == ".png" else "image/jpeg"
    return web.FileResponse(path, headers={"Content-Type": content_type, "Content-Disposition": "inline"})


async def case_to_enrol(request: web.Request, actor: Actor) -> Subject:
    """The case, for who may enrol its face."""
    near = neighbours(request)
    subject = SubjectId(request.match_info["subject"])
    return await access_case(near.database, actor, subject, Power.ENROL_FACE, near.now())


async def face_page(request: web.Request, actor: Actor, refusal: Refusal | None) -> web.Response:
    """The page, with what was wrong if something was; that it was seen is in the audit log."""
    near = neighbours(request)
    subject = await case_to_enrol(request, actor)
    await near.audit.note(actor, "open_face", f"subject/{subject.id}", near.now())
    return await staff_page(
        request,
        actor,
        "face.html",
        section="/people",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        here=f"/people/{subject.id}/face",
        subject=subject,
        fewest=FEWEST_PICTURES,
        most=MOST_PICTURES,
        refusal=refusal,
    )


ROUTES = (
    web.get("/people/{subject}/face", show),
    web.post("/people/{subject}/face", enrol),
    web.post("/people/{subject}/face/look", look),
    web.get("/people/{subject}/face/portrait.jpg", portrait),
)
