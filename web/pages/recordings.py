"""Recordings, stills and reference pictures: one range or one picture at a time, each view in the audit log."""

import asyncio
from pathlib import PurePath

from aiohttp import web

from accounts.actor import Actor
from accounts.powers import NotYours, Power
from cases.entries import FileCited
from checkins.checkin import CheckInId
from checkins.news import Seat
from web.footage import ended_of
from web.neighbours import neighbours
from web.sessions import staff

CONTENT_TYPE = {".webm": "video/webm", ".mkv": "video/x-matroska"}  # the latter from a phone that sends H.264 only


@staff
async def recording(request: web.Request, actor: Actor) -> web.StreamResponse:
    """One person's recording, or the range of it that was asked for."""
    near = neighbours(request)
    check_in, seat, file = await filed_recording(request, actor)
    suffix = PurePath(file.name).suffix
    if suffix != PurePath(request.path).suffix:
        raise NotYours
    first, last = asked_for(request, file.size)
    detail = {"seat": seat.value, "first_byte": first, "last_byte": last}
    await near.audit.note(actor, "view_recording", f"check-in/{check_in}", near.now(), detail=detail)
    return await file_response(request, file, CONTENT_TYPE[suffix])


@staff
async def viewing_copy(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The same as MP4, or a range of it, for browsers that cannot play what is sealed; not there until it is made."""
    near = neighbours(request)
    check_in, seat, file = await filed_recording(request, actor)
    path = near.copies.path(file.sha256)
    if path is None:
        raise NotYours
    first, last = asked_for(request, path.stat().st_size)
    detail = {"seat": seat.value, "first_byte": first, "last_byte": last}
    await near.audit.note(actor, "view_recording_copy", f"check-in/{check_in}", near.now(), detail=detail)
    return web.FileResponse(path, headers={"Content-Type": "video/mp4", "Content-Disposition": "inline"})


@staff
async def want_viewing_copy(request: web.Request, actor: Actor) -> web.StreamResponse:
    """How far the MP4 is, as JSON; asked for the first time, it is begun."""
    near = neighbours(request)
    check_in, seat, file = await filed_recording(request, actor)
    sealed = await asyncio.to_thread(near.files.path, file.name)
    if near.copies.is_new(file.sha256):
        detail = {"seat": seat.value}
        await near.audit.note(actor, "copy_recording", f"check-in/{check_in}", near.now(), detail=detail)
    news = near.copies.want(file.sha256, sealed)
    return web.json_response({"state": news.state.value, "percent": news.percent})


async def filed_recording(request: web.Request, actor: Actor) -> tuple[CheckInId, Seat, FileCited]:
    """The recording that the path names; NotYours when there is none, or not for this actor."""
    near = neighbours(request)
    check_in = CheckInId(request.match_info["check_in"])
    seat = seat_of(request.match_info["seat"])
    row = await near.appointments.get(actor, check_in, near.now(), Power.REVIEW)
    ended = await ended_of(near.ledger, row.appointment)
    filed = next((filed for filed in ended.recordings if filed.seat == seat), None)
    if filed is None or filed.file is None:
        raise NotYours
    return check_in, seat, filed.file


@staff
async def still(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The n-th still of a check-in, counted from 1."""
    near = neighbours(request)
    check_in, n = CheckInId(request.match_info["check_in"]), int(request.match_info["n"])
    row = await near.appointments.get(actor, check_in, near.now(), Power.REVIEW)
    ended = await ended_of(near.ledger, row.appointment)
    picture = ended.stills[n - 1].file if 1 <= n <= len(ended.stills) else None
    if picture is None:
        raise NotYours
    await near.audit.note(actor, "view_still", f"check-in/{check_in}", near.now(), detail={"n": n})
    return await file_response(request, picture, "image/jpeg")


def seat_of(name: str) -> Seat:
    """The seat of that name; NotYours when there is none."""
    try:
        return Seat(name)
    except ValueError:
        raise NotYours from None


def asked_for(request: web.Request, size: int) -> tuple[int, int]:
    """The first and last byte that this request is about; 416 when the range makes no sense."""
    try:
        first, stop, _ = request.http_range.indices(size)
    except ValueError:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"}) from None
    if size and first >= stop:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return first, max(first, stop - 1)


async def file_response(request: web.Request, cited: FileCited, content_type: str) -> web.FileResponse:
    """A sealed file; aiohttp answers ranges and sends it without reading it into memory."""
    path = await asyncio.to_thread(neighbours(request).files.path, cited.name)
    return web.FileResponse(path, headers={"Content-Type": content_type, "Content-Disposition": "inline"})


ROUTES = (
    web.get(r"/check-ins/{check_in}/recordings/{seat}.webm", recording),
    web.get(r"/check-ins/{check_in}/recordings/{seat}.mkv", recording),
    web.get(r"/check-ins/{check_in}/recordings/{seat}.mp4", viewing_copy),
    web.post(r"/check-ins/{check_in}/recordings/{seat}/copy", want_viewing_copy),
    web.get(r"/check-ins/{check_in}/stills/{n:\d{1,5}}.jpg", still),
)
