"""One's own password: the old one is asked, and whoever is signed in elsewhere with it is so no more."""

from http import HTTPStatus

from aiohttp import web

from accounts.actor import Actor
from accounts.details import BadDetail
from accounts.sign_in import TooManyTries, WrongPassword
from web.forms import Form, posted
from web.frame import staff_page
from web.neighbours import neighbours
from web.pages.accounts import sentence_for
from web.pages.sign_in import TOO_MANY
from web.security import STAFF_COOKIE, session_cookie
from web.sessions import staff
from web.words import N_

WRONG_FORMER = N_("现在的密码不对，没有修改。")
NOT_TWICE = N_("两次输入的新密码不一样，没有修改。请再输入一遍。")


@staff
async def show(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The form."""
    return await password_page(request, actor, Form())


@staff
async def change(request: web.Request, actor: Actor) -> web.StreamResponse:
    """Another password from now on; the form again when something does not fit, without what was typed."""
    near = neighbours(request)
    values = await posted(request)
    wanted, token = values.get("password", ""), session_cookie(request, STAFF_COOKIE) or ""
    if wanted != values.get("again", ""):
        return await password_page(request, actor, Form(problems={"again": NOT_TWICE}))
    try:
        await near.sign_in.change_password(actor, token, values.get("former", ""), wanted, near.now())
    except BadDetail as bad:
        return await password_page(request, actor, Form(problems={"password": sentence_for(request, bad)}))
    except WrongPassword:
        return await password_page(request, actor, Form(problems={"former": WRONG_FORMER}))
    except TooManyTries:
        return await password_page(request, actor, Form(general=TOO_MANY))
    return await password_page(request, actor, Form(), changed=True)


async def password_page(request: web.Request, actor: Actor, form: Form, *, changed: bool = False) -> web.Response:
    """The page, with what was wrong, or that it is done."""
    return await staff_page(
        request,
        actor,
        "password.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_wrong else HTTPStatus.OK,
        here="/password",
        form=form,
        changed=changed,
    )


ROUTES = (
    web.get("/password", show),
    web.post("/password", change),
)
