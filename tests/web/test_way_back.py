"""Whoever opens the address of a form comes to the page that has it; a script's address stays a script's."""

import pytest

from tests.support.house import House
from web.way_back import page_of

pytestmark = pytest.mark.rim

# Only scripts send to these, or to a page that is read at the same address.
SCRIPTS = {
    "/people/{subject}/face/look",
    "/check-ins/{check_in}/id-number",
    "/check-ins/{check_in}/recordings/{seat}/copy",
    "/devices/{device}/recordings/{recording}/copy",
    "/my/check-in/look",
}


async def test_every_form_that_has_no_page_at_its_address_leads_to_its_page(house: House) -> None:
    """Each of them, so that a new one is not forgotten; and each leads to a page that there is."""
    routes: dict[str, set[str]] = {}
    for route in house.server.app.router.routes():
        if route.resource is not None:
            routes.setdefault(route.resource.canonical, set()).add(route.method)
    forms = {path for path, methods in routes.items() if methods == {"POST"}}
    pages = {path: page_of(path) for path in forms}
    assert {path for path, page in pages.items() if page is None} == SCRIPTS
    assert all("GET" in routes[page] for page in pages.values() if page is not None)


async def test_a_form_that_came_back_may_be_loaded_again(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    path = f"/check-ins/{check_in}"
    assert (await officer.post(f"{path}/conclusion", {"conclusion": "concern"})).status == 422
    again = await officer.get(f"{path}/conclusion")
    assert (again.status, again.headers["Location"]) == (303, f"{path}/review")
    asked_by_a_script = await officer.get(f"{path}/conclusion", {"Accept": "application/json"})
    assert asked_by_a_script.status == 405
    assert (await officer.get(f"{path}/id-number")).status == 405


async def test_the_way_back_stays_here(house: House) -> None:
    reply = await house.browser().get("/people/%2F%2Felsewhere.example/check-ins")
    assert reply.headers["Location"] == "/people/%2F%2Felsewhere.example"
