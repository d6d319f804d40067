"""A counsellor's own day, which no other post can open."""

from aiohttp import web

from accounts.actor import Actor
from accounts.powers import Power, require
from web.frame import staff_page
from web.neighbours import neighbours
from web.sessions import staff


@staff
async def my_day(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The day of a counsellor: nothing on it yet, and nobody else sees it."""
    require(actor, Power.COUNSEL)
    return await staff_page(request, actor, "counselling.html", section="/counselling", today=neighbours(request).now())


ROUTES = (web.get("/counselling", my_day),)
