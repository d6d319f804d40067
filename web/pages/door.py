"""The small addresses: the front door, the language switch, the words for scripts, the sign of life."""

from aiohttp import web

from web.forms import posted
from web.rendering import LANGUAGE_COOKIE, PAPER
from web.security import is_secure, local_path
from web.sessions import actor_of, home
from web.words import Language

YEAR_S = 31_536_000


async def front_door(request: web.Request) -> web.StreamResponse:
    """To the day of whoever is signed in, else to the sign-in page."""
    actor = await actor_of(request)
    raise web.HTTPSeeOther(home(actor) if actor else "/sign-in")


async def choose_language(request: web.Request) -> web.StreamResponse:
    """Keep the language for a year and go back to the page it was chosen on."""
    form = await posted(request)
    response = web.HTTPSeeOther(local_path(form.get("back", ""), otherwise="/"))
    chosen = Language.EN if form.get("lang") == Language.EN else Language.ZH
    response.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=YEAR_S, path="/", samesite="Lax", httponly=True, secure=is_secure(request)
    )
    raise response


async def words(request: web.Request) -> web.StreamResponse:
    """The sentences of `lang` for scripts: {"中文": "English"}; Chinese needs none."""
    language = Language.EN if request.query.get("lang") == Language.EN else Language.ZH
    response = web.json_response(request.app[PAPER].words[language].for_scripts())
    response.enable_compression()
    return response


async def alive(_request: web.Request) -> web.StreamResponse:
    """For a watchdog: this process answers."""
    return web.Response(text="ok\n")


ROUTES = (
    web.get("/", front_door),
    web.post("/language", choose_language),
    web.get("/words.json", words),
    web.get("/healthz", alive),
)
