"""Devices: the list, a device with what it recorded, its live picture, and the token that is shown once."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from accounts.actor import Actor, UnitId
from accounts.details import BadDetail
from accounts.organisation import Unit
from accounts.powers import NotYours, Power, require
from cases.entries import FileCited
from devices.device import Device, DeviceId, DeviceKind, DeviceRecording, DeviceRecordingId, StreamState
from devices.register import may_see
from web.forms import Form, posted
from web.frame import staff_page
from web.neighbours import neighbours
from web.pages.recordings import CONTENT_TYPE, asked_for, file_response
from web.security import own_origin
from web.sessions import may, staff
from web.wording import REVOKED, STREAM_STATES, Tag
from web.words import N_

WRONG_DETAILS = {
    ("name", "missing"): N_("请填写设备名称。"),
    ("name", "too_long"): N_("名称太长了，最多 60 个字。"),
    ("name", "unprintable"): N_("名称里有看不见的字符，请重新输入。"),
    ("unit", "unknown"): N_("请选择您辖区里的单位。"),
}
CHOOSE_KIND = N_("请选择类别。")


@dataclass(frozen=True, slots=True)
class Row:
    """A device as a list shows it."""

    device: Device
    tag: Tag


def tag_of(device: Device, state: StreamState) -> Tag:
    """What is said of a device: that it is revoked, or where its stream stands."""
    return REVOKED if device.revoked_at is not None else STREAM_STATES[state]


async def list_page(request: web.Request, actor: Actor, form: Form) -> web.Response:
    """All devices of the actor's area, and the form for another where the post may."""
    near = neighbours(request)
    devices = await near.devices.in_area(actor)
    manages = may(actor, Power.MANAGE_DEVICES)
    return await staff_page(
        request,
        actor,
        "devices.html",
        section="/devices",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_wrong else HTTPStatus.OK,
        here="/devices",
        rows=[Row(device, tag_of(device, near.live_devices.state_of(device.id))) for device in devices],
        manages=manages,
        units=await units_of(request, actor) if manages else [],
        kinds=list(DeviceKind),
        form=form,
        endpoint=f"{own_origin(request)}/whip",
    )


async def units_of(request: web.Request, actor: Actor) -> list[Unit]:
    """The units in the actor's area."""
    organisation = neighbours(request).organisation
    area = await organisation.below(actor.unit)
    return [unit for unit in await organisation.units() if unit.id in area]


@staff
async def everything(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The list."""
    may_see(actor)
    return await list_page(request, actor, Form())


@staff
async def add(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A new device, and its token: now, and never again."""
    require(actor, Power.MANAGE_DEVICES)
    near = neighbours(request)
    values = await posted(request)
    try:
        kind = DeviceKind(values.get("kind", ""))
    except ValueError:
        return await list_page(request, actor, Form(values, {"kind": CHOOSE_KIND}))
    try:
        device, token = await near.devices.add(
            values.get("name", ""), kind, UnitId(values.get("unit", "")), near.now(), by=actor
        )
    except BadDetail as bad:
        return await list_page(request, actor, Form(values, {bad.field: WRONG_DETAILS[bad.field, bad.reason_code]}))
    return await token_page(request, actor, device, token)


async def token_page(request: web.Request, actor: Actor, device: Device, token: str) -> web.Response:
    """A token, in the answer to the form that made it: no address shows it again."""
    return await staff_page(
        request,
        actor,
        "device_token.html",
        section="/devices",
        here="/devices",
        device=device,
        token=token,
        endpoint=f"{own_origin(request)}/whip",
    )


@staff
async def renew(request: web.Request, actor: Actor) -> web.StreamResponse:
    """Another token; whatever streams with the former one is hung up."""
    near = neighbours(request)
    device, token = await near.devices.renew(actor, id_of(request), near.now())
    await near.live_devices.end(device.id)
    return await token_page(request, actor, device, token)


@staff
async def revoke(request: web.Request, actor: Actor) -> web.StreamResponse:
    """It lets itself in no more, and is hung up."""
    near = neighbours(request)
    device = id_of(request)
    await near.devices.revoke(actor, device, near.now())
    await near.live_devices.end(device)
    raise web.HTTPSeeOther(f"/devices/{device}")


@staff
async def one(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A device; what it recorded, for whoever may see that."""
    near = neighbours(request)
    device = await near.devices.get(actor, id_of(request), near.now())
    watches = may(actor, Power.WATCH_DEVICE)
    await near.audit.note(actor, "open_device", f"device/{device.id}", near.now())
    return await staff_page(
        request,
        actor,
        "device.html",
        section="/devices",
        device=device,
        tag=tag_of(device, near.live_devices.state_of(device.id)),
        watches=watches,
        manages=may(actor, Power.MANAGE_DEVICES),
        recordings=await near.devices.recordings(actor, device.id, near.now()) if watches else [],
        keeps_days=near.device_policy.retention.recording_days,
    )


@staff
async def live(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The device's picture as it comes; the script asks for it, and that is when it is audited."""
    near = neighbours(request)
    device = await near.devices.watched(actor, id_of(request), near.now())
    return await staff_page(request, actor, "device_live.html", section="/devices", device=device)


@staff
async def state(request: web.Request, actor: Actor) -> web.StreamResponse:
    """Where its stream stands, for the page that watches it."""
    near = neighbours(request)
    device = await near.devices.watched(actor, id_of(request), near.now())
    return web.json_response({"state": near.live_devices.state_of(device.id).value})


@staff
async def recording_page(request: web.Request, actor: Actor) -> web.StreamResponse:
    """One recording, to be played."""
    near = neighbours(request)
    device = await near.devices.watched(actor, id_of(request), near.now())
    return await staff_page(
        request,
        actor,
        "device_recording.html",
        section="/devices",
        device=device,
        recording=(found := await recording_of(request, actor)),
        file=f"/devices/{device.id}/recordings/{found.id}{Path(found.name or '').suffix}",
    )


@staff
async def recording(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The sealed file, or the range of it that was asked for."""
    near = neighbours(request)
    found, file = await file_of(request, actor)
    first, last = asked_for(request, file.size)
    detail: dict[str, str | int | float] = {"recording": found.id, "first_byte": first, "last_byte": last}
    await near.audit.note(actor, "view_device_recording", f"device/{found.device}", near.now(), detail=detail)
    return await file_response(request, file, CONTENT_TYPE[Path(file.name).suffix])


@staff
async def viewing_copy(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The same as MP4, or a range of it, for browsers that cannot play WebM; not there until it is made."""
    near = neighbours(request)
    found, file = await file_of(request, actor)
    path = near.copies.path(file.sha256)
    if path is None:
        raise NotYours
    first, last = asked_for(request, path.stat().st_size)
    detail: dict[str, str | int | float] = {"recording": found.id, "first_byte": first, "last_byte": last}
    await near.audit.note(actor, "view_device_recording_copy", f"device/{found.device}", near.now(), detail=detail)
    return web.FileResponse(path, headers={"Content-Type": "video/mp4", "Content-Disposition": "inline"})


@staff
async def want_viewing_copy(request: web.Request, actor: Actor) -> web.StreamResponse:
    """How far the MP4 is, as JSON; asked for the first time, it is begun."""
    near = neighbours(request)
    found, file = await file_of(request, actor)
    sealed = await asyncio.to_thread(near.files.path, file.name)
    if near.copies.is_new(file.sha256):
        detail = {"recording": found.id}
        await near.audit.note(actor, "copy_device_recording", f"device/{found.device}", near.now(), detail=detail)
    news = near.copies.want(file.sha256, sealed)
    return web.json_response({"state": news.state.value, "percent": news.percent})


async def file_of(request: web.Request, actor: Actor) -> tuple[DeviceRecording, FileCited]:
    """The recording that the path names and its sealed file; NotYours when there is none, or not for this actor."""
    found = await recording_of(request, actor)
    if found.name is None or found.sha256 is None or found.size is None:
        raise NotYours
    return found, FileCited(found.name, found.sha256, found.size)


async def recording_of(request: web.Request, actor: Actor) -> DeviceRecording:
    near = neighbours(request)
    recording = DeviceRecordingId(request.match_info["recording"])
    return await near.devices.recording(actor, id_of(request), recording, near.now())


def id_of(request: web.Request) -> DeviceId:
    return DeviceId(request.match_info["device"])


ROUTES = (
    web.get("/devices", everything),
    web.post("/devices", add),
    web.get("/devices/{device}", one),
    web.post("/devices/{device}/renew", renew),
    web.post("/devices/{device}/revoke", revoke),
    web.get("/devices/{device}/live", live),
    web.get("/devices/{device}/state", state),
    web.get(r"/devices/{device}/recordings/{recording}.webm", recording),
    web.get(r"/devices/{device}/recordings/{recording}.mkv", recording),
    web.get(r"/devices/{device}/recordings/{recording}.mp4", viewing_copy),
    web.post("/devices/{device}/recordings/{recording}/copy", want_viewing_copy),
    web.get("/devices/{device}/recordings/{recording}", recording_page),
)
