"""A session description as lines: its sections, and what an attribute says in one of them."""

from collections.abc import Iterator, Sequence


def sections_of(lines: Sequence[str]) -> list[list[str]]:
    """The session's own lines, then those of each section."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("m="):
            parts.append([])
        parts[-1].append(line)
    return parts


def values_of(lines: Sequence[str], attribute: str) -> Iterator[str]:
    """What each line of this attribute says."""
    prefix = f"a={attribute}:"
    return (line[len(prefix) :] for line in lines if line.startswith(prefix))


def last_of(lines: Sequence[str], attribute: str) -> str:
    """What the last of them says; nothing where there is none."""
    value = ""
    for value in values_of(lines, attribute):  # noqa: B007 (the last one stays)
        pass
    return value


def number_in(text: str) -> int:
    """A payload type or an extension's number; -1 if it is neither. int() would take signs, spaces and any script."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else -1
