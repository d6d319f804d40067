"""Who is asking: the member of staff behind a request, in the post they hold, or the subject behind an opened link."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import urlencode

from aiohttp import web

from accounts.actor import Actor
from accounts.powers import POWERS, Power
from checkins.links import SubjectSession
from courses.links import LearnerSession
from web.neighbours import neighbours
from web.security import LEARNER_COOKIE, STAFF_COOKIE, SUBJECT_COOKIE, Handler, session_cookie

StaffHandler: TypeAlias = Callable[[web.Request, Actor], Awaitable[web.StreamResponse]]

ACTOR = web.RequestKey("actor", Actor)


def staff(handler: StaffHandler) -> Handler:
    """`handler` for signed-in staff only; others are sent to sign in and come back to the page they wanted."""

    async def with_actor(request: web.Request) -> web.StreamResponse:
        actor = await actor_of(request)
        if actor is None:
            return sign_in_first(request)
        request[ACTOR] = actor
        return await handler(request, actor)

    return with_actor


async def actor_of(request: web.Request) -> Actor | None:
    """Who is signed in at this browser, or None."""
    token = session_cookie(request, STAFF_COOKIE)
    if token is None:
        return None
    near = neighbours(request)
    by_itself = request.method == "GET" and "HX-Request" in request.headers  # the board renews itself, nobody asked
    ask = near.sign_in.glance if by_itself else near.sign_in.actor
    return await ask(token, near.now())


def actor_later(request: web.Request) -> Callable[[], Awaitable[Actor | None]]:
    """Who is signed in at this browser, asked again once the request is long over."""
    token, near = session_cookie(request, STAFF_COOKIE) or "", neighbours(request)
    return lambda: near.sign_in.actor(token, near.now())


async def session_of(request: web.Request) -> SubjectSession | None:
    """The one check-in that this browser was let into by an opened link, or None."""
    token = session_cookie(request, SUBJECT_COOKIE)
    near = neighbours(request)
    return await near.appointments.subject_session(token, near.now()) if token else None


async def learner_of(request: web.Request) -> LearnerSession | None:
    """The one place in one lesson that this browser was let into by an opened link, or None."""
    token = session_cookie(request, LEARNER_COOKIE)
    near = neighbours(request)
    return await near.lessons.learner_session(token, near.now()) if token else None


def sign_in_first(request: web.Request) -> web.StreamResponse:
    """The way to the sign-in page; a page that refreshes a part of itself is told to go there as a whole."""
    if "HX-Request" in request.headers:
        return web.Response(status=401, headers={"HX-Redirect": "/sign-in"})
    wanted = request.path_qs if request.method == "GET" else "/"
    raise web.HTTPSeeOther("/sign-in?" + urlencode({"next": wanted}))


def home(actor: Actor) -> str:
    """Where a person's day begins."""
    if may(actor, Power.SEE_CASE):
        return "/today"
    return "/counselling" if may(actor, Power.COUNSEL) else "/accounts"


def may(actor: Actor, power: Power) -> bool:
    """Whether a page should offer this; whether it is done is decided again where it is done."""
    return power in POWERS[actor.role]
