"""Posted forms: what was typed, what is wrong with it, and both again on the page that comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web

LONGEST_FORM = 64 * 1024  # bytes; the longest note has 18,000: 2000 characters, each percent-encoded to nine
MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed (`values`) and the sentence for each field that has to change (`problems`)."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    general: str = ""

    def value(self, name: str) -> str:
        """What was typed into the field, or nothing."""
        return self.values.get(name, "")

    def wrong(self, name: str) -> str:
        """What is wrong with the field, or nothing."""
        return self.problems.get(name, "")

    @property
    def is_wrong(self) -> bool:
        """Whether the form came back."""
        return bool(self.problems or self.general)


async def posted(request: web.Request) -> dict[str, str]:
    """The text fields of a form as they were typed; the last one counts where a name comes twice.

    415, 413 or 400 for what no page of ours sends. aiohttp's own reader would take any of Python's codecs by its name,
    of which one needs seconds for 100 KB, and multipart, which it reads line by line.
    """
    if request.content_type != "application/x-www-form-urlencoded" or (request.charset or "utf-8").lower() != "utf-8":
        raise web.HTTPUnsupportedMediaType
    body = await request.read()
    if len(body) > LONGEST_FORM:
        raise web.HTTPRequestEntityTooLarge(LONGEST_FORM)
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise web.HTTPBadRequest from None
    return dict(fields)
