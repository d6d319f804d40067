"""docs/states.md is what the tables say."""

import re
from pathlib import Path

import pytest

import states

pytestmark = pytest.mark.rim


def test_the_page_is_what_the_printer_prints() -> None:
    assert states.PAGE.read_text(encoding="utf-8") == states.page(), "docs/states.md is out of date: ./run states"


def test_check_says_whether_the_page_is_out_of_date(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(states, "PAGE", tmp_path / "states.md")
    assert states.main([]) == 0
    assert states.main(["--check"]) == 0
    states.PAGE.write_text("# Older", encoding="utf-8")
    assert states.main(["--check"]) == 1
    assert "./run states" in capsys.readouterr().err


def test_every_table_of_the_house_is_on_the_page() -> None:
    root = Path(states.__file__).parent
    tables = {
        f"`{path.relative_to(root).as_posix()}`"
        for room in root.glob("*/__init__.py")
        for path in room.parent.rglob("*.py")
        if re.search(r"^[A-Z_]+: (Table|Mapping\[tuple)\[", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {name for name in tables if name not in states.page()} == set()
