"""Posted forms: what was typed, what is wrong with it, and both again on the page that comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web


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
    """The text fields of a form as they were typed; the last one counts where a name comes twice."""
    form = await request.post()
    return {name: value for name, value in form.items() if isinstance(value, str)}
