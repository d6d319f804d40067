"""Signing in with a password or a once link, choosing a post, signing out."""

from http import HTTPStatus

from aiohttp import web

from accounts.actor import Actor, PostId
from accounts.sign_in import TooManyTries, WrongLink, WrongPassword
from web.forms import Form, posted
from web.frame import staff_page
from web.neighbours import neighbours
from web.proxies import client_address
from web.rendering import page
from web.security import STAFF_COOKIE, drop_session_cookie, local_path, session_cookie, set_session_cookie
from web.sessions import actor_of, home, staff
from web.words import N_

WRONG = N_("账号或密码不对。请检查大小写，再试一次。")
TOO_MANY = N_("试的次数太多了，为了安全请稍等一会儿再试。")


async def show(request: web.Request) -> web.StreamResponse:
    """The sign-in page, or on for those who are signed in."""
    actor = await actor_of(request)
    if actor is not None:
        raise web.HTTPSeeOther(home(actor))
    wanted = local_path(request.query.get("next", ""), otherwise="")
    return page(request, "sign_in.html", form=Form(), wanted=wanted)


async def with_password(request: web.Request) -> web.StreamResponse:
    """A session for a login and its password; the page again, saying no more than that they do not fit."""
    near = neighbours(request)
    form = await posted(request)
    wanted = local_path(form.get("next", ""), otherwise="")
    kept = {"login": form.get("login", "")}
    try:
        token = await near.sign_in.with_password(
            form.get("login", ""), form.get("password", ""), client_address(request), near.now()
        )
    except WrongPassword:
        status, headers, form_back = HTTPStatus.UNPROCESSABLE_ENTITY, {}, Form(kept, general=WRONG)
    except TooManyTries as refused:
        status, headers = HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(refused.retry_after_s)}
        form_back = Form(kept, general=TOO_MANY)
    else:
        return await signed_in(request, token, wanted)
    response = page(request, "sign_in.html", status=status, form=form_back, wanted=wanted, here="/sign-in")
    response.headers.update(headers)
    return response


async def show_once(request: web.Request) -> web.StreamResponse:
    """A button; only pressing it uses the link up, so that previews of the link do not."""
    return page(request, "once_link.html", over=False)


async def with_once_link(request: web.Request) -> web.StreamResponse:
    """A session for a link that is good once."""
    near = neighbours(request)
    try:
        token = await near.sign_in.with_once_link(request.match_info["token"], near.now())
    except WrongLink:
        return page(request, "once_link.html", status=HTTPStatus.GONE, over=True, here="/sign-in")
    return await signed_in(request, token, wanted="")


async def signed_in(request: web.Request, token: str, wanted: str) -> web.StreamResponse:
    """On with a new session: to the page that was wanted, or first to the choice of a post where there is one."""
    near = neighbours(request)
    former = session_cookie(request, STAFF_COOKIE)
    if former:
        await near.sign_in.sign_out(former)
    posts = await near.sign_in.posts(token, near.now())
    response = web.HTTPSeeOther("/post" if len(posts) > 1 else wanted or "/")
    set_session_cookie(request, response, STAFF_COOKIE, token)
    raise response


async def sign_out(request: web.Request) -> web.StreamResponse:
    """The session is over, here and on the server."""
    token = session_cookie(request, STAFF_COOKIE)
    if token:
        await neighbours(request).sign_in.sign_out(token)
    response = web.HTTPSeeOther("/sign-in")
    drop_session_cookie(request, response, STAFF_COOKIE)
    raise response


@staff
async def choose_post(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The posts that this person holds, to act in one of them."""
    near = neighbours(request)
    posts = await near.sign_in.posts(session_cookie(request, STAFF_COOKIE) or "", near.now())
    units = {unit.id: unit.name for unit in await near.organisation.units()}
    return await staff_page(request, actor, "post.html", posts=posts, units=units)


@staff
async def hold_post(request: web.Request, _actor: Actor) -> web.StreamResponse:
    """From now on act in the chosen post, with a new session."""
    near = neighbours(request)
    form = await posted(request)
    token = session_cookie(request, STAFF_COOKIE) or ""
    chosen = await near.sign_in.hold(token, PostId(form.get("post", "")), near.now())
    response = web.HTTPSeeOther("/")
    set_session_cookie(request, response, STAFF_COOKIE, chosen)
    raise response


ROUTES = (
    web.get("/sign-in", show),
    web.post("/sign-in", with_password),
    web.get("/sign-in/once/{token}", show_once),
    web.post("/sign-in/once/{token}", with_once_link),
    web.post("/sign-out", sign_out),
    web.get("/post", choose_post),
    web.post("/post", hold_post),
)
