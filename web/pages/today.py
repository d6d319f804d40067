"""Today's board: what needs a person first, then the day of the actor's area."""

from typing import Any

from aiohttp import web

from accounts.actor import Actor
from accounts.powers import Power
from checkins.lists import damaged_rows
from web.frame import staff_page
from web.neighbours import neighbours
from web.pages.review import needing, waiting_for
from web.rendering import page
from web.rows import board_of, figures_of
from web.sessions import may, staff

NEEDING_SHOWN = 6  # in the side column; the queue has them all


@staff
async def board(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The board; when it renews itself, only the part that may have changed."""
    near = neighbours(request)
    at = near.now()
    rows = await near.appointments.today(actor, at)
    waiting = await waiting_for(request, actor)
    values: dict[str, Any] = {
        "today": at,
        "figures": figures_of(rows),
        "lines": board_of(rows, actor, at),
        "needing": await needing(request, waiting[:NEEDING_SHOWN]),
        "waiting": len(waiting),
        "damaged": await damaged_rows(near.database, actor),
        "may_schedule": may(actor, Power.SCHEDULE),
    }
    if "HX-Request" in request.headers:
        return page(request, "today_board.html", **values)
    return await staff_page(request, actor, "today.html", section="/today", waiting_for_review=len(waiting), **values)


ROUTES = (web.get("/today", board),)
