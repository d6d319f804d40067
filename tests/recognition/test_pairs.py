"""PAIRS.csv as people and programs write it: read as it was meant, or refused line by line."""

import os
from pathlib import Path

import pytest

from recognition import pairs
from recognition.pairs import BadPairs, Pair, read_pairs

pytestmark = pytest.mark.rim

HEAD = b"path_a,path_b,same,group\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five files; whether they are pictures is not asked yet."""
    for name in ("a1.png", "a2.png", "a3.png", "b1.png", "b2.png"):
        (tmp_path / name).write_bytes(b"-")
    return tmp_path


def listed(folder: Path, content: bytes) -> pairs.PairList:
    path = folder / "PAIRS.csv"
    path.write_bytes(content)
    return read_pairs(path)


def check(folder: Path, content: bytes, *complaints: str) -> None:
    with pytest.raises(BadPairs) as bad:
        listed(folder, content)
    assert bad.value.complaints == complaints


def test_each_picture_is_listed_once_with_the_line_that_named_it(folder: Path) -> None:
    found = listed(folder, HEAD + b"a1.png,a2.png,1,x\na1.png,b1.png,0,\n\nb1.png,a2.png,0,x\n")
    assert [path.name for path in found.pictures] == ["a1.png", "a2.png", "b1.png"]
    assert found.lines == [2, 2, 3]
    assert found.pairs == [
        Pair(0, 1, same=True, group="x"),
        Pair(0, 2, same=False, group=""),
        Pair(2, 1, same=False, group="x"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"path_a,path_b,same\na1.png,b1.png,0\n",
        b"\xef\xbb\xbfpath_a,path_b,same\r\na1.png,b1.png,0\r\n",  # as a spreadsheet saves it
        b"note,same,path_b,path_a,group\nx,FALSE,b1.png,a1.png\n",  # other columns, another order, no group here
        b' Path_A , path_b,same\n"a1.png", b1.png ,No\n',
        b"path_a,path_b,same\n./a1.png,../%(folder)s/b1.png,different",
    ],
)
def test_the_same_list_may_be_written_in_many_ways(folder: Path, content: bytes) -> None:
    found = listed(folder, content.replace(b"%(folder)s", os.fsencode(folder.name)))
    assert [path.resolve().name for path in found.pictures] == ["a1.png", "b1.png"]
    assert found.pairs == [Pair(0, 1, same=False, group="")]


@pytest.mark.parametrize(
    ("content", "complaints"),
    [
        (b"", ["line 1: no column path_a, path_b, same; it begins with path_a,path_b,same,group"]),
        (b"path_a,path_b\na,b\n", ["line 1: no column same; it begins with path_a,path_b,same,group"]),
        (HEAD, ["there is no pair in it"]),
        (HEAD + b"a1.png,a2.png\n", ["line 2: 2 fields are too few"]),
        (HEAD + b"a1.png,a2.png,maybe,\n", ['line 2: same is "maybe"; it is 1 or 0']),
        (HEAD + b"a1.png,,1,\n", ["line 2: a path is empty"]),
        (HEAD + b"a1.png,a2.png,1,\nno.png,a1.png,0,\n", ['line 3: there is no "no.png"']),
        (HEAD + b"a1.png,.,1,\n", ['line 2: "." is no file']),
        (HEAD + b"a1.png,/dev/zero,1,\n", ['line 2: "/dev/zero" is no file']),  # it would never end
        (HEAD + b"a1.png,\x1b[2Jx,1,\n", ["line 2: there is no '\\x1b[2Jx'"]),  # no terminal is painted
        (HEAD + b"a1.png,a2.png,1," + b"g" * 61 + b"\n", ["line 2: a group is at most 60 printable characters"]),
        (HEAD + b"a1.png,a2.png,1,\x07\n", ["line 2: a group is at most 60 printable characters"]),
        (HEAD + b'a1.png,"a2.png,1,\n', ["line 2: unexpected end of data"]),
        (HEAD + b"a1.png," + b"x" * 5000 + b",1,\n", ["line 2: field larger than field limit (4096)"]),
        (HEAD + b"a1.png,\xff,1,\n", ["PAIRS.csv is not UTF-8"]),
        (
            HEAD + b"a1.png,a2.png,?,\na1.png,no.png,1,\n",
            ['line 2: same is "?"; it is 1 or 0', 'line 3: there is no "no.png"'],
        ),
        (
            HEAD + b"a1.png,a2.png,1,\na1.png,a3.png,0,\na2.png,a3.png,1,\na1.png,a1.png,0,\n",
            ["line 3: other lines make these two one person", "line 5: other lines make these two one person"],
        ),
    ],
)
def test_a_line_that_cannot_be_meant_is_named(folder: Path, content: bytes, complaints: list[str]) -> None:
    check(folder, content, *complaints)


def test_a_path_with_a_zero_byte_or_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    check(folder, HEAD + b"a1.png,pipe,1,\n", 'line 2: "pipe" is no file')
    with pytest.raises(BadPairs, match="line 2: "):
        listed(folder, HEAD + b"a1.png,a\x00b,1,\n")


def test_complaints_end_somewhere(folder: Path) -> None:
    with pytest.raises(BadPairs) as bad:
        listed(folder, HEAD + b"a1.png,a2.png,x,\n" * 1_000)
    assert len(bad.value.complaints) == pairs.MOST_COMPLAINTS + 1


def test_a_list_without_end_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "MOST_PAIRS", 3)
    check(folder, HEAD + b"a1.png,a2.png,1,\n" * 4, "line 5: more than 3 pairs")


def test_a_file_that_is_not_there_or_no_file_is_said_so(folder: Path) -> None:
    for name in ("none.csv", "."):
        with pytest.raises(BadPairs, match="cannot be read"):
            read_pairs(folder / name)


def test_pairs_of_one_person_make_people_and_say_who_was_compared(folder: Path) -> None:
    rows = [b"a1.png,b1.png,0,x", b"a2.png,a1.png,1,x", b"a3.png,a2.png,1,", b"b2.png,b1.png,1,y", b"a3.png,b2.png,0,y"]
    found = listed(folder, HEAD + b"\n".join(rows))
    named = [[found.pictures[place].name for place in pictures] for pictures in found.people]
    assert named == [["a1.png", "a2.png", "a3.png"], ["b1.png", "b2.png"]]
    assert found.said == {(0, 0): {"x", ""}, (0, 1): {"x", "y"}, (1, 1): {"y"}}
