"""The learner's pages: the link with its notice, the one page of the lesson, and what is on record afterwards."""

from aiohttp import web

from accounts.details import BadDetail
from courses.lessons import LessonInvitation
from live.links import LinkTrouble, WrongInvitation
from web.forms import posted
from web.neighbours import neighbours
from web.pages.subject import NO_SESSION, REFUSALS, Stop, notice_language, refused
from web.rendering import page
from web.security import LEARNER_COOKIE, set_session_cookie
from web.sessions import learner_of
from web.words import N_

STOPS = (
    Stop("elsewhere", N_("您在另一个地方打开了这节课"), N_("同一时间只能在一个地方上课。想在这里继续，就点下面。")),
    Stop("no_session", N_("请再点一次收到的链接"), N_("这一页放得太久了。如果链接打不开，请给矫正官打电话。")),
    Stop("not_found cancelled", N_("这节课取消了"), N_("不用再等了。有什么情况，请给矫正官打电话。")),
    Stop("mistake", N_("这一页出了点问题"), N_("不是您的错。点下面再试一次；还不行，请给矫正官打电话。")),
)


async def show_invitation(request: web.Request) -> web.StreamResponse:
    """The notice and one button. Looking does not use the link up: messengers fetch it for a preview."""
    near = neighbours(request)
    try:
        invitation = await near.lessons.open_link(request.match_info["token"], near.now())
    except WrongInvitation as wrong:
        return await wrong_link(request, wrong.reason)
    return invitation_page(request, invitation)


async def come_in(request: web.Request) -> web.StreamResponse:
    """The button uses the link up, keeps what was read and lets this browser in."""
    near = neighbours(request)
    form = await posted(request)
    token = request.match_info["token"]
    try:
        session = await near.lessons.accept(token, form.get("notice", ""), notice_language(request), near.now())
    except WrongInvitation as wrong:
        return await wrong_link(request, wrong.reason)
    except BadDetail:  # the text has changed since this page was shown: it is shown again
        return invitation_page(request, await near.lessons.open_link(token, near.now()), changed=True)
    response = web.HTTPSeeOther("/my/lesson")
    set_session_cookie(request, response, LEARNER_COOKIE, session)
    raise response


async def wrong_link(request: web.Request, trouble: LinkTrouble) -> web.StreamResponse:
    """One refusal for each reason. Whoever used the link in this same browser is simply taken on."""
    if trouble in (LinkTrouble.USED, LinkTrouble.OVER) and await learner_of(request) is not None:
        raise web.HTTPSeeOther("/my/lesson")
    return refused(request, REFUSALS[trouble])


async def show_lesson(request: web.Request) -> web.StreamResponse:
    """Device check, waiting, the lesson; once it is over, what is on record of it."""
    learner = await learner_of(request)
    if learner is None:
        return refused(request, NO_SESSION)
    near = neighbours(request)
    invitation = await near.lessons.invitation(learner)
    kept = await near.lessons.own_record(learner)
    if kept is not None:
        return page(request, "subject/lesson_record.html", kept=kept, invitation=invitation)
    return page(request, "subject/lesson.html", lesson=learner.lesson, invitation=invitation, stops=STOPS)


def invitation_page(request: web.Request, invitation: LessonInvitation, *, changed: bool = False) -> web.Response:
    """Notice and button; before the waiting room opens only the notice."""
    near = neighbours(request)
    return page(
        request,
        "subject/lesson_invitation.html",
        invitation=invitation,
        notice=near.lessons.notice(notice_language(request)),
        open=near.now() >= invitation.opens_at,
        changed=changed,
    )


ROUTES = (
    web.get("/l/{token}", show_invitation),
    web.post("/l/{token}", come_in),
    web.get("/my/lesson", show_lesson),
)
