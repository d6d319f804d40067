"""The subject's pages: the link with its notice and two equal choices, the one page of the check-in, the receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from accounts.details import BadDetail
from checkins.links import Invitation, phone_behind
from checkins.notice import Choice
from live.links import LinkTrouble, WrongInvitation
from live.notices import Language
from recognition.pictures import BadPicture
from web.forms import posted
from web.neighbours import neighbours
from web.rendering import language_of, page
from web.security import SUBJECT_COOKIE, set_session_cookie
from web.sessions import session_of
from web.words import N_

LARGEST_PREVIEW = 128 * 1024  # bytes; 480 pixels wide at JPEG quality .7 has 20 to 40 KB

CALL = N_("请给您的矫正官打电话")
ASK_FOR_ANOTHER = N_("重新要一个链接就行，不用着急，也不用担心。")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a link does not open, kindly; then whom to call or when, and what for."""

    status: HTTPStatus
    icon: str
    title: str
    text: str
    ask: str = ASK_FOR_ANOTHER
    ask_title: str = CALL


REFUSALS: Mapping[LinkTrouble, Refusal] = {
    LinkTrouble.UNKNOWN: Refusal(
        HTTPStatus.NOT_FOUND, "link", N_("这个链接打不开"), N_("可能少复制了几个字。请再点一次收到的链接试试。")
    ),
    LinkTrouble.EARLY: Refusal(
        HTTPStatus.CONFLICT,
        "clock",
        N_("还没到时间"),
        N_("链接没有问题。到了约定的时间，再点开它就行。"),
        N_("想换个时间，可以在电话里商量。"),
    ),
    LinkTrouble.EXPIRED: Refusal(
        HTTPStatus.GONE, "clock", N_("约定的时间过了"), N_("这个链接不能用了。有什么情况，直接和矫正官说就好。")
    ),
    LinkTrouble.USED: Refusal(
        HTTPStatus.GONE,
        "smartphone",
        N_("这个链接已经在另一个地方打开过"),
        N_("链接只能用一次。请回到当时打开它的手机和浏览器，从那里接着来。"),
        N_("请给矫正官打个电话，请对方再发一个新的。"),
        N_("找不到当时的手机或浏览器了？"),
    ),
    LinkTrouble.REPLACED: Refusal(
        HTTPStatus.GONE,
        "link",
        N_("这是旧的链接，不能用了"),
        N_("矫正官后来给您发过新的。请回到收到链接的地方，点最新的那一个，那个能用。"),
        N_("请给矫正官打个电话，请对方再发一次。发来以后，只有最新的那个能用。"),
        N_("找不到新的链接？"),
    ),
    LinkTrouble.OVER: Refusal(
        HTTPStatus.GONE,
        "circle-question-mark",
        N_("这次见面已经结束或取消了"),
        N_("不用再做什么。"),
        N_("觉得不对，或者还有话要说，都可以在电话里说。"),
    ),
}
NO_SESSION = Refusal(
    HTTPStatus.UNAUTHORIZED,
    "link",
    N_("请再点一次收到的链接"),
    N_("这一页要从矫正官发给您的链接进来。请用同一个手机、同一个浏览器打开。"),
)


@dataclass(frozen=True, slots=True)
class Stop:
    """Why the page of a check-in goes no further; `reasons` are the wire's, or states of a check-in that is gone."""

    reasons: str
    title: str
    text: str


STOPS = (
    Stop("elsewhere", N_("您在另一个地方打开了这一页"), N_("同一时间只能在一个地方见面。想在这里继续，就点下面。")),
    Stop("no_session", N_("请再点一次收到的链接"), N_("这一页放得太久了。如果链接打不开，请给矫正官打电话。")),
    Stop("not_found cancelled", N_("这次见面取消了"), N_("不用再等了。有什么情况，请给矫正官打电话。")),
    Stop("missed", N_("约定的时间过了"), N_("这次没有见上。请给矫正官打个电话，说说情况。")),
    Stop("mistake", N_("这一页出了点问题"), N_("不是您的错。点下面再试一次；还不行，请给矫正官打电话。")),
)


async def show_invitation(request: web.Request) -> web.StreamResponse:
    """The notice and the two choices. Looking does not use the link up: messengers fetch it for a preview."""
    near = neighbours(request)
    try:
        invitation = await near.appointments.open_link(request.match_info["token"], near.now())
    except WrongInvitation as wrong:
        return await wrong_link(request, wrong.reason)
    return invitation_page(request, invitation)


async def choose(request: web.Request) -> web.StreamResponse:
    """The choice uses the link up, keeps the consent and lets this browser in."""
    near = neighbours(request)
    form = await posted(request)
    token = request.match_info["token"]
    try:
        choice = Choice(form.get("choice", ""))
    except ValueError:
        raise web.HTTPBadRequest from None
    version = form.get("notice", "")
    try:
        session = await near.appointments.accept(token, choice, version, notice_language(request), near.now())
    except WrongInvitation as wrong:
        return await wrong_link(request, wrong.reason)
    except BadDetail:  # the text has changed since this page was shown: it is shown again
        return invitation_page(request, await near.appointments.open_link(token, near.now()), changed=True)
    response = web.HTTPSeeOther("/my/check-in")
    set_session_cookie(request, response, SUBJECT_COOKIE, session)
    raise response


async def wrong_link(request: web.Request, trouble: LinkTrouble) -> web.StreamResponse:
    """One refusal for each reason. Whoever used the link in this same browser is simply taken on."""
    if trouble in (LinkTrouble.USED, LinkTrouble.OVER) and await session_of(request) is not None:
        raise web.HTTPSeeOther("/my/check-in")
    phone = await phone_behind(neighbours(request).database, request.match_info["token"])
    return refused(request, REFUSALS[trouble], phone)


async def show_room(request: web.Request) -> web.StreamResponse:
    """Device check, waiting room, call and thanks; once it is over, the receipt."""
    subject = await session_of(request)
    if subject is None:
        return refused(request, NO_SESSION)
    near = neighbours(request)
    if await near.appointments.receipt(subject) is not None:
        raise web.HTTPSeeOther("/my/receipt")
    invitation = await near.appointments.invitation(subject)
    return page(
        request,
        "subject/room.html",
        check_in=subject.check_in_id,
        face=subject.choice is Choice.FACE,
        officer=invitation.officer,
        phone=invitation.phone,
        stops=STOPS,
    )


async def look(request: web.Request) -> web.StreamResponse:
    """Hints about one preview picture, which is not kept: {"faces": 1, "reasons": ["too_dark"], "ok": false}.

    With the other way than the face there is no such address.
    """
    subject = await session_of(request)
    if subject is None or subject.choice is not Choice.FACE:
        raise web.HTTPNotFound
    if request.content_type != "image/jpeg":
        raise web.HTTPUnsupportedMediaType
    if request.content_length is None or request.content_length > LARGEST_PREVIEW:
        raise web.HTTPRequestEntityTooLarge(LARGEST_PREVIEW)
    try:
        seen = await neighbours(request).verifier.look(await request.read())
    except BadPicture:
        raise web.HTTPUnprocessableEntity from None
    return web.json_response({"faces": seen.faces, "reasons": list(seen.reasons), "ok": seen.ok})


async def show_receipt(request: web.Request) -> web.StreamResponse:
    """What proves that the check-in took place; before its end there is only the way back to it."""
    subject = await session_of(request)
    if subject is None:
        return refused(request, NO_SESSION)
    kept = await neighbours(request).appointments.receipt(subject)
    if kept is None:
        raise web.HTTPSeeOther("/my/check-in")
    return page(request, "subject/receipt.html", kept=kept)


def invitation_page(request: web.Request, invitation: Invitation, *, changed: bool = False) -> web.Response:
    """Notice and choices; before the waiting room opens only the notice."""
    near = neighbours(request)
    notice = near.appointments.notice(notice_language(request))
    return page(
        request,
        "subject/invitation.html",
        invitation=invitation,
        notice=notice,
        open=near.now() >= invitation.opens_at,
        changed=changed,
    )


def refused(request: web.Request, refusal: Refusal, phone: str | None = None) -> web.Response:
    """The page for a link or a browser that is not let in, with the number to call where we know whose it is."""
    return page(request, "subject/wrong_link.html", status=refusal.status, refusal=refusal, phone=phone)


def notice_language(request: web.Request) -> Language:
    """The page's language, as the notice names it."""
    return Language(language_of(request).value)


ROUTES = (
    web.get("/c/{token}", show_invitation),
    web.post("/c/{token}", choose),
    web.get("/my/check-in", show_room),
    web.post("/my/check-in/look", look),
    web.get("/my/receipt", show_receipt),
)
