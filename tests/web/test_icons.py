"""Every icon that a page or a script asks for is in the sprite, and the sprite holds no other."""

import re

import pytest

from web.assets import FOLDER

pytestmark = pytest.mark.unit

WEB = FOLDER.parent
ASKED = re.compile(r"""(?:icon|empty|row)\(\s*["']([a-z0-9-]+)["']|#i-([a-z0-9-]+)""")
SOURCES = (*WEB.glob("templates/**/*.html"), *WEB.glob("static/js/*.js"), *WEB.glob("**/*.py"))
SPRITE = set(re.findall(r'<symbol id="i-([a-z0-9-]+)"', (WEB / "templates/icons.svg").read_text("utf-8")))


def test_every_icon_that_is_asked_for_is_there() -> None:
    asked = {"".join(found): path.name for path in SOURCES for found in ASKED.findall(path.read_text("utf-8"))}
    assert {name: where for name, where in asked.items() if name not in SPRITE} == {}


def test_no_icon_is_carried_for_nothing() -> None:
    written = "".join(path.read_text("utf-8") for path in SOURCES)
    assert {name for name in SPRITE if f'"{name}"' not in written and f"#i-{name}" not in written} == set()
