"""Exceptions to answers, once: a plain page for people, problem+json for scripts, never a traceback."""

import json
import logging
import secrets
from dataclasses import dataclass, replace
from http import HTTPStatus

from aiohttp import web

from accounts.details import BadDetail
from accounts.powers import NotYours
from accounts.sign_in import TooManyTries
from cases.ledger import Unreadable
from statetable import IllegalCue
from storage.database import DatabaseBusy, DatabaseFull
from storage.files import UnknownFile
from web.rendering import page, words_of
from web.security import SAFE_METHODS, Handler
from web.way_back import page_of
from web.words import N_

KEPT_HEADERS = ("Allow", "Retry-After", "Content-Range")  # of what aiohttp or a handler raised

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is said of a failure; `reference` finds it in our log."""

    status: HTTPStatus
    title: str
    advice: str
    reference: str | None = None


NOT_FOUND = Problem(
    HTTPStatus.NOT_FOUND,
    N_("没有找到这个页面"),
    N_("可能是地址不对，也可能不在您的职责范围内。"),
)
FOREIGN = Problem(
    HTTPStatus.FORBIDDEN,
    N_("这个请求没有被接受"),
    N_("它不是从本系统的页面发出的。请回到原来的页面再试一次。"),
)
OUT_OF_TURN = Problem(
    HTTPStatus.CONFLICT,
    N_("现在不能做这一步"),
    N_("这次核查的状态刚刚变了，可能是别人先做了。请返回看看最新的情况。"),
)
TOO_LARGE = Problem(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    N_("发来的内容太大了"),
    N_("请换小一些的照片或文字再试。"),
)
TOO_MANY = Problem(
    HTTPStatus.TOO_MANY_REQUESTS,
    N_("试得太频繁了"),
    N_("请过一会儿再试。"),
)
BUSY = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    N_("系统正忙"),
    N_("刚才的操作没有保存。请过几秒再试一次。"),
)
FULL = Problem(
    HTTPStatus.INSUFFICIENT_STORAGE,
    N_("服务器的磁盘满了"),
    N_("刚才的操作没有保存，这不是您的错。请马上告诉管理员腾出空间，然后再试一次。"),
)
TOO_SLOW = Problem(
    HTTPStatus.REQUEST_TIMEOUT,
    N_("传得太慢了"),
    N_("没有传完，也没有保存。请换小一些的照片，或者换个网络再试。"),
)
NOT_UNDERSTOOD = Problem(
    HTTPStatus.BAD_REQUEST,
    N_("没有看懂这个请求"),
    N_("请回到原来的页面再试一次。"),
)
NOT_OUR_NAME = Problem(
    HTTPStatus.MISDIRECTED_REQUEST,
    N_("系统不认识这个网址"),
    N_("请用工作人员给您的链接打开。系统管理员请把对外网址设为 FAIRWATCH_PUBLIC_ORIGIN。"),
)
WRONG_METHOD = Problem(
    HTTPStatus.METHOD_NOT_ALLOWED,
    N_("这个地址不能这样打开"),
    N_("请回到原来的页面，用页面上的按钮操作。"),
)
LOST_FILE = Problem(
    HTTPStatus.GONE,
    N_("这个文件不见了"),
    N_("台账里记着它，文件却没有了。请立即报告。"),
)
BY_STATUS = {
    problem.status.value: problem
    for problem in (
        NOT_FOUND,
        FOREIGN,
        OUT_OF_TURN,
        TOO_LARGE,
        TOO_MANY,
        BUSY,
        TOO_SLOW,
        NOT_UNDERSTOOD,
        WRONG_METHOD,
        NOT_OUR_NAME,
    )
}


def our_fault(reference: str) -> Problem:
    """A bug or a broken machine: ours, and said so."""
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        N_("系统出了点问题"),
        N_("这不是您的错。请再试一次；如果还不行，把下面的编号告诉管理员。"),
        reference,
    )


def unreadable(entry: str) -> Problem:
    """A broken record is never a page that just fails: whoever sees it first has to report it."""
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        N_("台账里有一条读不出来"),
        N_("可能是台账被改动过，请立即报告，并把下面的编号告诉管理员。"),
        entry,
    )


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever was raised into an answer; the one place that does."""
    try:
        return await handler(request)
    except web.HTTPException as raised:
        if raised.status < HTTPStatus.BAD_REQUEST:
            raise
        form_page = page_of(request.rel_url.raw_path) if raised.status == HTTPStatus.METHOD_NOT_ALLOWED else None
        if form_page is not None and request.method in SAFE_METHODS and not wants_json(request):
            raise web.HTTPSeeOther(form_page) from None
        problem = BY_STATUS.get(raised.status) or replace(NOT_UNDERSTOOD, status=HTTPStatus(raised.status))
        return answer(request, problem, raised)
    except NotYours:
        return answer(request, NOT_FOUND)
    except IllegalCue:
        return answer(request, OUT_OF_TURN)
    except TooManyTries as raised_busy:
        response = answer(request, TOO_MANY)
        response.headers["Retry-After"] = str(round(raised_busy.retry_after_s))
        return response
    except DatabaseFull:
        log.error("the database's disk takes no more: make room")
        return answer(request, FULL)
    except DatabaseBusy:
        response = answer(request, BUSY)
        response.headers["Retry-After"] = "5"
        return response
    except BadDetail:
        return answer(request, NOT_UNDERSTOOD)
    except UnknownFile:
        log.error("a sealed file that is on record is gone")
        return answer(request, LOST_FILE)
    except Unreadable as raised_entry:
        reference = str(raised_entry)
        log.error("the ledger's entry %s cannot be read", reference)
        return answer(request, unreadable(reference))
    except ConnectionError:
        # The browser went away in mid-request. Nobody reads this; let through, it would be logged as a crash of ours.
        return web.Response(status=HTTPStatus.BAD_REQUEST)
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("request failed, reference %s", reference)
        return answer(request, our_fault(reference))


def answer(request: web.Request, problem: Problem, raised: web.HTTPException | None = None) -> web.Response:
    """`problem` as the browser wants it: a page, or JSON as RFC 9457 has it."""
    if wants_json(request):
        response = problem_json(request, problem)
    else:
        response = page(request, "error.html", status=problem.status, problem=problem, here="/")
    for name in KEPT_HEADERS:
        if raised is not None and name in raised.headers:
            response.headers[name] = raised.headers[name]
    return response


def problem_json(request: web.Request, problem: Problem) -> web.Response:
    """`problem` for a script; the sentences are those of the page's language."""
    words = words_of(request)
    body = {
        "type": "about:blank",
        "title": words.gettext(problem.title),
        "status": problem.status.value,
        "detail": words.gettext(problem.advice),
    }
    if problem.reference:
        body["instance"] = f"urn:fairwatch:{problem.reference}"
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, status=problem.status, content_type="application/problem+json")


def wants_json(request: web.Request) -> bool:
    """Whether a script of ours asks: pages ask for HTML, fetch() for JSON or for anything."""
    accepted = request.headers.get("Accept", "")
    return "json" in accepted and "text/html" not in accepted
