"""Every room's name is ours alone, and every file is named for what it holds."""

import ast
import tomllib
from importlib.metadata import files, packages_distributions
from pathlib import Path

import pytest

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
ROOMS = sorted(path.parent for path in ROOT.glob("*/__init__.py"))
MODULES = [*ROOT.glob("*.py"), *(path for room in ROOMS for path in room.rglob("*.py"))]
OURS = sorted({room.name for room in ROOMS} | {path.stem for path in ROOT.glob("*.py")})

GRAB_BAGS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "base", "core", "lib"}


@pytest.mark.parametrize("name", OURS)
def test_no_other_installed_package_has_this_name(name: str) -> None:
    # Our names are plain words; a package that brings its own `web` would silently replace ours.
    owners = set(packages_distributions().get(name, [])) - {"fairwatch"}
    assert not owners, f"`{name}` is also in {owners}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_says_in_one_line_what_it_is(module: Path) -> None:
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    assert docstring, "a module opens with the line that would be its entry in ARCHITECTURE.md"
    assert docstring.splitlines()[0].rstrip().endswith((".", "`"))


def test_the_console_script_runs_the_files_of_this_checkout() -> None:
    # An editable install may hold copies of single modules, which then run instead of what was edited.
    copies = {str(file) for file in files("fairwatch") or () if str(file).partition("/")[0].removesuffix(".py") in OURS}
    assert copies == set()


def test_the_wheel_lists_everything_of_ours() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        listed = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert sorted(name.removesuffix(".py") for name in listed) == OURS


def test_no_file_is_a_grab_bag() -> None:
    assert [path for path in MODULES if path.stem in GRAB_BAGS or path.parent.name in GRAB_BAGS] == []
