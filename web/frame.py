"""The frame around a staff page: the menu with what waits, who is signed in, and whether they may change posts."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from accounts.actor import Actor
from accounts.powers import Power
from web.neighbours import neighbours
from web.rendering import page
from web.security import STAFF_COOKIE, session_cookie
from web.sessions import may
from web.words import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; `waiting` counts what needs this person, 0 shows nothing."""

    path: str
    name: str
    icon: str
    waiting: int = 0


async def staff_page(
    request: web.Request,
    actor: Actor,
    template: str,
    *,
    section: str = "",
    status: int = 200,
    waiting_for_review: int | None = None,
    **values: Any,
) -> web.Response:
    """A page for a signed-in member of staff; `section` is the path of the menu entry that it belongs to.

    A page that knows how many check-ins wait for review says so; for the others they are counted.
    """
    near = neighbours(request)
    token = session_cookie(request, STAFF_COOKIE) or ""
    posts = await near.sign_in.posts(token, near.now())
    if waiting_for_review is None and may(actor, Power.REVIEW):
        waiting_for_review = len(await near.appointments.waiting_for_review(actor, near.now()))
    return page(
        request,
        template,
        status=status,
        actor=actor,
        section=section,
        navigation=menu(actor, waiting_for_review or 0),
        other_posts=len(posts) > 1,
        call=None if template in ("live.html", "lesson_live.html") else await near.appointments.hosted_by(actor),
        **values,
    )


def menu(actor: Actor, waiting_for_review: int) -> list[Entry]:
    """What this post is for, and nothing else."""
    entries = []
    if may(actor, Power.SEE_CASE):
        entries.append(Entry("/today", N_("今天"), "calendar-days"))
    if may(actor, Power.REVIEW):
        entries.append(Entry("/review", N_("复核"), "clipboard-check", waiting_for_review))
    if may(actor, Power.SEE_CASE):
        entries.append(Entry("/people", N_("人员"), "users-round"))
    if may(actor, Power.WATCH_DEVICE) or may(actor, Power.MANAGE_DEVICES):
        entries.append(Entry("/devices", N_("设备"), "camera"))
    if may(actor, Power.TEACH) or may(actor, Power.REVIEW):
        entries.append(Entry("/lessons", N_("课程"), "presentation"))
    if may(actor, Power.COUNSEL):
        entries.append(Entry("/counselling", N_("我的一天"), "calendar-days"))
    if may(actor, Power.MANAGE_ACCOUNTS):
        entries.append(Entry("/accounts", N_("账户与岗位"), "key-round"))
    return entries
