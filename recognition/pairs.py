"""PAIRS.csv: which pictures are compared, whether they are of one person, and of which group; read line by line."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

COLUMNS = ("path_a", "path_b", "same")
MOST_PAIRS = 1_000_000
LONGEST_FIELD = 4096  # of any system's paths
LONGEST_GROUP = 60
MOST_COMPLAINTS = 20
YES, NO = frozenset({"1", "true", "yes", "same"}), frozenset({"0", "false", "no", "different"})


class BadPairs(Exception):
    """The file cannot be evaluated; one sentence a line that is wrong, with its number."""

    def __init__(self, complaints: Sequence[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = tuple(complaints)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures by their place in the list; an empty group is none."""

    a: int
    b: int
    same: bool
    group: str


@dataclass(frozen=True)
class PairList:
    """Every picture once, in the order of the file, with the line that named it first."""

    pictures: Sequence[Path]
    lines: Sequence[int]
    pairs: Sequence[Pair]

    @cached_property
    def people(self) -> Sequence[Sequence[int]]:
        """Pictures that pairs of one person hold together; somebody with one picture is in no such pair."""
        root = _joined(len(self.pictures), self.pairs)
        theirs: dict[int, list[int]] = {}
        for picture, person in enumerate(root):
            theirs.setdefault(person, []).append(picture)
        return [pictures for pictures in theirs.values() if len(pictures) > 1]

    @cached_property
    def said(self) -> Mapping[tuple[int, int], frozenset[str]]:
        """Which people (by their place in `people`) are compared at all, and in which groups; (p, p) is p alone."""
        person = {picture: number for number, pictures in enumerate(self.people) for picture in pictures}
        groups: dict[tuple[int, int], set[str]] = {}
        for pair in self.pairs:
            if pair.a in person and pair.b in person:
                one, other = sorted((person[pair.a], person[pair.b]))
                groups.setdefault((one, other), set()).add(pair.group)
        return {both: frozenset(names) for both, names in groups.items()}


def read_pairs(path: Path) -> PairList:
    """The file as it was meant; BadPairs names every line that cannot be."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, path.parent)
    except OSError as error:
        raise BadPairs([f"{path.name} cannot be read: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise BadPairs([f"{path.name} is not UTF-8"]) from error


def _read(file: Iterator[str], folder: Path) -> PairList:
    csv.field_size_limit(LONGEST_FIELD)
    rows = csv.reader(file, strict=True)
    places: dict[Path, int] = {}
    lines: list[int] = []
    pairs: list[Pair] = []
    asked_at: list[int] = []
    complaints: list[str] = []

    def place_of(name: str) -> int:
        picture = folder / name
        if picture not in places:
            if trouble := _trouble(name, picture):
                raise ValueError(trouble)
            places[picture] = len(places)
            lines.append(rows.line_num)
        return places[picture]

    try:
        at = _columns(next(rows, []))
        for row in rows:
            if not row:
                continue
            try:
                fields = _fields(row, at)
                pairs.append(Pair(place_of(fields["path_a"]), place_of(fields["path_b"]), *_meaning(fields)))
                asked_at.append(rows.line_num)
            except ValueError as error:
                complaints.append(f"line {rows.line_num}: {error}")
            if len(complaints) == MOST_COMPLAINTS:
                raise BadPairs([*complaints, "and perhaps more"])
            if len(pairs) > MOST_PAIRS:
                raise BadPairs([f"line {rows.line_num}: more than {MOST_PAIRS:,} pairs"])
    except csv.Error as error:
        raise BadPairs([*complaints, f"line {rows.line_num}: {error}"]) from error
    if complaints or not pairs:
        raise BadPairs(complaints or ["there is no pair in it"])
    if odd := _contradictions(len(places), pairs):
        raise BadPairs([f"line {asked_at[pair]}: other lines make these two one person" for pair in odd])
    return PairList(tuple(places), lines, pairs)


def _columns(header: Sequence[str]) -> Mapping[str, int]:
    at = {name.strip().lower(): place for place, name in enumerate(header)}
    if missing := [name for name in COLUMNS if name not in at]:
        raise BadPairs([f"line 1: no column {', '.join(missing)}; it begins with path_a,path_b,same,group"])
    return {name: at[name] for name in (*COLUMNS, "group") if name in at}


def _fields(row: Sequence[str], at: Mapping[str, int]) -> dict[str, str]:
    if len(row) <= max(at[name] for name in COLUMNS):
        raise ValueError(f"{len(row)} fields are too few")
    return {name: row[place].strip() if place < len(row) else "" for name, place in at.items()}


def _meaning(fields: Mapping[str, str]) -> tuple[bool, str]:
    said, group = fields["same"].lower(), fields.get("group", "")
    if said not in YES | NO:
        raise ValueError(f"same is {_quoted(fields['same'])}; it is 1 or 0")
    if len(group) > LONGEST_GROUP or not group.isprintable():
        raise ValueError(f"a group is at most {LONGEST_GROUP} printable characters")
    return said in YES, group


def _trouble(name: str, picture: Path) -> str | None:
    """Why this is no file to read; whether it is a picture, its decoder says later."""
    if not name:
        return "a path is empty"
    try:
        if picture.is_file():  # which no pipe and no device is
            return None
        return f"{_quoted(name)} is no file" if picture.exists() else f"there is no {_quoted(name)}"
    except (OSError, ValueError) as error:  # too long, or with a zero byte
        return f"{_quoted(name)} cannot be a path: {error}"


def _quoted(text: str) -> str:
    """Fit for a terminal, whatever stands in the file."""
    short = text if len(text) <= 80 else f"{text[:79]}…"
    return f'"{short}"' if short.isprintable() else ascii(short)


def _joined(count: int, pairs: Sequence[Pair]) -> list[int]:
    """For each picture the first picture of its person."""
    root = list(range(count))

    def find(picture: int) -> int:
        while root[picture] != picture:
            root[picture] = root[root[picture]]
            picture = root[picture]
        return picture

    for pair in pairs:
        if pair.same:
            one, other = sorted((find(pair.a), find(pair.b)))
            root[other] = one
    return [find(picture) for picture in range(count)]


def _contradictions(count: int, pairs: Sequence[Pair]) -> list[int]:
    """Pairs of different people whom other lines make one person: one of these lines is wrong, and so every figure."""
    person = _joined(count, pairs)
    odd = (place for place, pair in enumerate(pairs) if not pair.same and person[pair.a] == person[pair.b])
    return list(islice(odd, MOST_COMPLAINTS))
