"""SDP over HTTP, as WHIP (RFC 9725) and WHEP have it in common: bodies, problems in JSON, headers."""

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from aiohttp import hdrs, web

from media.contract import NoMedia
from media.negotiation import LONGEST_OFFER, BadOffer
from signaling.relays import Relays

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
LONGEST_FRAGMENT = 16 << 10  # bytes; Chromium's are some hundred
RETRY_MEDIA_S = 5
RETRY_LATER_S = 30


class Refused(Exception):
    """What was asked is not done: a status, one sentence for whoever set the client up, and headers."""

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


def problem(refused: Refused) -> web.Response:
    """RFC 9457, in English: devices and their makers read it."""
    body = {
        "type": "about:blank",
        "title": refused.status.phrase,
        "status": refused.status.value,
        "detail": refused.detail,
    }
    return web.Response(
        status=refused.status,
        text=json.dumps(body),
        content_type="application/problem+json",
        headers=refused.headers,
    )


async def offer_in(request: web.Request) -> str:
    """The offer that was posted, or Refused."""
    return await _text(request, SDP, LONGEST_OFFER)


async def fragment_in(request: web.Request) -> str:
    """The ICE fragment (RFC 8840 §9) that was sent, or Refused."""
    return await _text(request, FRAGMENT, LONGEST_FRAGMENT)


async def _text(request: web.Request, content_type: str, longest: int) -> str:
    if request.content_type != content_type:
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {content_type}", accepts(content_type))
    if (request.content_length or 0) > longest:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body may have {longest >> 10} KiB")
    body = bytearray()
    async for chunk in request.content.iter_chunked(longest):
        body += chunk
        if len(body) > longest:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body may have {longest >> 10} KiB")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(HTTPStatus.BAD_REQUEST, "the body is no UTF-8") from None


def accepts(content_type: str) -> dict[str, str]:
    return {"Accept-Patch" if content_type == FRAGMENT else "Accept-Post": content_type}


def refusal_of(error: Exception) -> Refused:
    """What to say of an offer that came to nothing."""
    match error:
        case Refused():
            return error
        case BadOffer():
            return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, error.reason)
        case NoMedia():
            retry = {"Retry-After": str(RETRY_MEDIA_S)}
            return Refused(HTTPStatus.SERVICE_UNAVAILABLE, "media is starting again; come back in a moment", retry)
        case _:
            raise error


def only(request: web.Request, *methods: str) -> None:
    """Refused with what is allowed, for any other method."""
    if request.method not in methods:
        allowed = ", ".join(methods)
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"this address takes {allowed}", {"Allow": allowed})


def new_entity_tag() -> str:
    """One ICE session, as RFC 9725 §4.3.1 names it: a strong entity tag."""
    return f'"{secrets.token_hex(8)}"'


def created(answer: str, location: str, entity_tag: str, relay_links: tuple[str, ...]) -> web.Response:
    """201 with the answer, and where the session is."""
    response = web.Response(status=HTTPStatus.CREATED, text=answer, content_type=SDP)
    response.headers[hdrs.LOCATION] = location
    response.headers["ETag"] = entity_tag
    response.headers["Accept-Patch"] = FRAGMENT
    for link in relay_links:
        response.headers.add(hdrs.LINK, link)
    return response


def relay_links(relays: Relays | None, whose: str, at: datetime) -> tuple[str, ...]:
    """RFC 9725 §4.6: a relay for a client whose network blocks UDP, with a pass for some minutes."""
    if relays is None:
        return ()
    relay = relays.pass_of(whose, at)
    credentials = f'username="{relay.username}"; credential="{relay.password}"; credential-type="password"'
    return tuple(f'<{url}>; rel="ice-server"; {credentials}' for url in relay.urls)


async def trickled(
    request: web.Request, entity_tag: str, ours: tuple[str, str], *, unconditional: bool = False
) -> web.Response:
    """PATCH: candidates are taken note of and never used, since addresses are learned from a client's own checks.

    `ours` is the ICE fragment and password that the client offered. Another one would be an ICE restart, which is
    refused and ends nothing (RFC 9725 §4.3.3): whoever needs one posts a new offer, and takes over from itself.
    `unconditional`: a client that names no ICE session means the present one.
    """
    said = await fragment_in(request)
    condition = request.headers.get(hdrs.IF_MATCH, "*" if unconditional else None)
    if condition is None:
        raise Refused(HTTPStatus.PRECONDITION_REQUIRED, "If-Match must name the session's entity tag")
    restart = (value_of(said, "ice-ufrag"), value_of(said, "ice-pwd")) not in ((None, None), ours)
    if condition.strip() != "*" and entity_tag not in [tag.strip() for tag in condition.split(",")]:
        raise Refused(HTTPStatus.PRECONDITION_FAILED, "this is another ICE session than the present one")
    if restart:
        detail = "ICE restarts are not served: the session goes on, and a new offer by POST takes it over"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return web.Response(status=HTTPStatus.NO_CONTENT)


def is_same(name: str, asked: str) -> bool:
    """Whether a session is the one that an address names, however far the two agree."""
    return hmac.compare_digest(name.encode(), asked.encode("utf-8", "surrogatepass"))


def credentials_in(offer: str) -> tuple[str, str]:
    """The ICE fragment and password of an offer that was taken."""
    return value_of(offer, "ice-ufrag") or "", value_of(offer, "ice-pwd") or ""


def value_of(text: str, attribute: str) -> str | None:
    """The first value of an SDP attribute."""
    prefix = f"a={attribute}:"
    lines = text.replace("\r\n", "\n").split("\n")
    return next((line.removeprefix(prefix).strip() for line in lines if line.startswith(prefix)), None)
