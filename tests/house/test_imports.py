"""Imports look down: the rooms by import-linter's contracts, the single modules at the top by the rows here."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
ROOMS = {path.parent.name for path in ROOT.glob("*/__init__.py")}

# Each may import what stands below it, never its neighbour. Who in the rooms may import whom, pyproject.toml says.
FLOORS = [
    {"cli"},
    {"faces"},
    {"doctor", "office", "shell", "states", "demo", "bench"},
    {"server"},
    ROOMS - {"demo", "bench"},
    {"addresses", "coturn", "logbook", "settings", "statetable", "tls"},
]


def test_every_contract_in_pyproject_is_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")  # a process of its own: it switches logging off
    done = subprocess.run([linter, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_contracts_know_every_room() -> None:
    contracts = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.importlinter]")[2]
    assert {room for room in ROOMS if f'"{room}"' not in contracts} == set()


@pytest.mark.parametrize("module", [path.stem for path in ROOT.glob("*.py")])
def test_a_single_module_imports_what_stands_below_it(module: str) -> None:
    [floor] = [number for number, names in enumerate(FLOORS) if module in names]
    ours, below = set().union(*FLOORS), set().union(*FLOORS[floor + 1 :])
    assert imported_by(ROOT / f"{module}.py") & ours <= below


def imported_by(path: Path) -> set[str]:
    """The top-level names that a file imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names
