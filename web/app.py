"""The web application: routes, keys and middlewares, built from the rooms it is handed."""

from collections.abc import Sequence
from itertools import chain

from aiohttp import web

from web import errors, hosts, security
from web.neighbours import NEIGHBOURS, Neighbours
from web.pages import (
    accounts,
    cases,
    check_ins,
    counselling,
    devices,
    door,
    faces,
    learner,
    lessons,
    password,
    people,
    recordings,
    review,
    sign_in,
    subject,
    today,
)
from web.proxies import PROXIES, Proxies
from web.rendering import PAPER, Paper, read_paper
from web.security import Handler
from web.uploads import UPLOADS, Uploads

LARGEST_BODY = 512 * 1024  # bytes: a long form or a preview picture; uploads have their own limit where they are read

PAGES = (
    door,
    sign_in,
    password,
    today,
    people,
    cases,
    faces,
    check_ins,
    review,
    recordings,
    accounts,
    devices,
    counselling,
    subject,
    lessons,
    learner,
)


def make_app(
    neighbours: Neighbours,
    *,
    signal: Handler,
    signal_lesson: Handler,
    edge: Sequence[web.RouteDef] = (),
    cookieless: Sequence[web.RouteDef] = (),
    public_origin: str | None = None,
    own_names: frozenset[str] = frozenset(),
    proxies: Proxies | None = None,
    uploads: Uploads | None = None,
    paper: Paper | None = None,
) -> web.Application:
    """The application. `signal` and `signal_lesson` answer the WebSockets at /signal and
    /signal/lesson; `edge` and `cookieless` are signalling by HTTP, the
    latter for devices, which sign in by a token that each request carries.

    `public_origin` ("https://host") is where browsers reach us when something stands before us; None: where they say,
    by one of this machine's addresses or `own_names`.
    `proxies` before us may say whom they speak for; `uploads` is how many large ones there may be.
    `paper` may be read once for several applications.
    """
    paper = paper or read_paper()
    app = web.Application(
        middlewares=[
            errors.answer_errors,
            hosts.require_own_host,
            security.require_same_origin,
            security.require_plain_body,
        ],
        client_max_size=LARGEST_BODY,
    )
    app[NEIGHBOURS] = neighbours
    app[PAPER] = paper
    app[security.PUBLIC_ORIGIN] = public_origin
    app[hosts.OWN_NAMES] = own_names
    app[PROXIES] = proxies or Proxies()
    app[security.COOKIELESS] = frozenset(route.handler for route in cookieless)
    app[UPLOADS] = uploads or Uploads()
    app.on_response_prepare.append(security.add_headers)
    app.router.add_routes(chain.from_iterable(module.ROUTES for module in PAGES))
    app.router.add_routes((*edge, *cookieless))
    app.router.add_get("/signal", signal)
    app.router.add_get("/signal/lesson", signal_lesson)
    app.router.add_get("/static/{version}/{name:.+}", paper.assets.serve)
    return app
