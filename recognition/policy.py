"""Where scores mean match or no match, read from policy.toml, which holds the evidence for it as well."""

import operator
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

OURS = Path(__file__).with_name("policy.toml")


class BadPolicy(ValueError):
    """A policy file that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class EnginePolicy:
    """One engine's thresholds, which hold for one file of weights, in the engine's own unit."""

    model_sha256: str
    higher_is_closer: bool
    match: float
    no_match: float
    agree: float
    repeat: float
    evidence: Mapping[str, Any]

    def __post_init__(self) -> None:
        ways = [self.no_match, self.match, self.repeat]
        if not all(isinstance(value, float) for value in (*ways, self.agree)):
            raise BadPolicy("a threshold is a number with a point")
        closer = operator.lt if self.higher_is_closer else operator.gt
        if not all(closer(a, b) for a, b in pairwise(ways)):  # nor is what is not a number
            raise BadPolicy("from no match over match to repeat scores come closer")


@dataclass(frozen=True, slots=True)
class Policy:
    """What was decided, as of a version."""

    version: str
    engines: Mapping[str, EnginePolicy]


def load(path: Path = OURS) -> Policy:
    """The file as it is; BadPolicy for a line too many, too few, or of another kind."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        version = tables.pop("version")
        return Policy(version, {name: EnginePolicy(**table) for name, table in tables.items()})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise BadPolicy(f"{path.name}: {error}") from error


IN_FORCE = load()
