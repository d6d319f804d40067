"""Bodies that no page of ours sends: one clear refusal each, no traceback, and nobody else has to wait for it."""

import gzip
import logging

import pytest

from tests.support.house import House
from web.forms import LONGEST_FORM, MOST_FIELDS

pytestmark = pytest.mark.rim

FORM = "application/x-www-form-urlencoded"
PART = b'--B\r\nContent-Disposition: form-data; name="back"\r\n\r\n/today\r\n--B--\r\n'


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        # Codecs of Python's that a browser may not choose: one takes seconds, some are none for text.
        ({"Content-Type": f"{FORM}; charset=punycode"}, b"a" * 50_000, 415),
        ({"Content-Type": f"{FORM}; charset=zlib"}, b"lang=en", 415),
        ({"Content-Type": f"{FORM}; charset=nonsense"}, b"lang=en", 415),
        ({"Content-Type": f"{FORM}; charset=raw_unicode_escape"}, b"back=\\ud800", 415),
        # A reader of multipart would take every line for itself; no form of words here is multipart.
        ({"Content-Type": "multipart/form-data; boundary=B"}, PART, 415),
        ({"Content-Type": "multipart/form-data; boundary=B"}, b"\n" * 50_000, 415),
        ({"Content-Type": "multipart/form-data"}, b"", 415),
        ({"Content-Type": "text/plain"}, b"lang=en", 415),
        ({"Content-Type": "application/json"}, b"{}", 415),
        # A few bytes that would be very many.
        ({"Content-Type": FORM, "Content-Encoding": "gzip"}, gzip.compress(b"a" * 10_000_000), 415),
        ({"Content-Type": FORM, "Content-Encoding": "nonsense"}, b"lang=en", 415),
        ({"Content-Type": FORM}, b"a" * (LONGEST_FORM + 1), 413),
        ({"Content-Type": FORM}, b"a=&" * (MOST_FIELDS + 1), 400),
        ({"Content-Type": FORM}, b"lang=\xff\xfe&back=%ff%00", 303),
        ({"Content-Type": f"{FORM}; charset=UTF-8"}, b"lang=en&back=/", 303),
        ({"Content-Type": FORM}, b"lang=en&back=//[", 303),
        ({"Content-Type": FORM}, b"", 303),
    ],
)
async def test_a_form_is_what_our_pages_send(
    house: House, headers: dict[str, str], body: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await house.browser().post("/language", body, headers)
    assert reply.status == status
    assert reply.headers.get("Location", "/") == "/"
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("path", ["/sign-in", "/language", "/c/unknown"])
async def test_whoever_has_no_session_cannot_choose_the_codec(house: House, path: str) -> None:
    reply = await house.browser().post(path, b"a" * 1000, {"Content-Type": f"{FORM}; charset=punycode"})
    assert reply.status == 415
