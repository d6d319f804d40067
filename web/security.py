"""What every answer and every request must carry: headers, the same origin, cookies named by scheme."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from aiohttp import web

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

PUBLIC_ORIGIN: web.AppKey[str | None] = web.AppKey("public_origin", str | None)  # type: ignore[arg-type]  # a union is no class

COOKIELESS: web.AppKey[frozenset[object]] = web.AppKey("cookieless", frozenset)

STAFF_COOKIE = "fw_staff"
SUBJECT_COOKIE = "fw_subject"
LEARNER_COOKIE = "fw_learner"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' blob:",
            "media-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: under that policy browsers send "Origin: null" with our own forms (Fetch, "append a request
    # Origin header"), and the check below would refuse them. Nothing leaves this origin under either.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on every answer, as it leaves."""
    put_headers(response)


def put_headers(response: web.StreamResponse) -> None:
    """What names no caching of its own is never kept."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "Fairwatch"  # aiohttp would name itself, Python, and both versions
    response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def require_same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what changes something unless one of our own pages asked for it (403).

    What looks at no cookie needs no such care: no page can make a browser send what it asks for.
    """
    if request.match_info.handler in request.app.get(COOKIELESS, ()):
        return await handler(request)
    if request.method not in SAFE_METHODS and request.headers.get("Origin") != own_origin(request):
        raise web.HTTPForbidden(reason="foreign origin")
    return await handler(request)


@web.middleware
async def require_plain_body(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a compressed body (415): no page of ours sends one, and few bytes of it may be very many."""
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    return await handler(request)


def own_origin(request: web.Request) -> str:
    """The origin that browsers reach us under: the configured one, else the one of this request."""
    return request.app[PUBLIC_ORIGIN] or f"{request.scheme}://{request.host}"


def is_secure(request: web.Request) -> bool:
    """Whether browsers reach us by HTTPS, also when something before us ends it."""
    return own_origin(request).startswith("https://")


def cookie_name(request: web.Request, name: str) -> str:
    """`name` as it is called on this scheme; a `__Host-` cookie cannot be set by a neighbouring host or over HTTP."""
    return f"__Host-{name}" if is_secure(request) else name


def session_cookie(request: web.Request, name: str) -> str | None:
    """The token in the session cookie `name`, if the browser sent one."""
    return request.cookies.get(cookie_name(request, name))


def set_session_cookie(request: web.Request, response: web.StreamResponse, name: str, token: str) -> None:
    """Give the browser a session; how long it lasts is the server's affair."""
    response.set_cookie(
        cookie_name(request, name), token, httponly=True, secure=is_secure(request), samesite="Lax", path="/"
    )


def drop_session_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    """Take the session from the browser."""
    response.del_cookie(cookie_name(request, name), httponly=True, secure=is_secure(request), samesite="Lax", path="/")


def local_path(target: str, otherwise: str) -> str:
    """`target` when it stays on this server ("/people?q=x"), else `otherwise`: no open redirects."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return otherwise
    stays = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if stays and target.isprintable() else otherwise
