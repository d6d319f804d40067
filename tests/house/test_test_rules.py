"""The rules of tests/conftest.py bite."""

import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.rim
pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]


def check(pytester: pytest.Pytester, source: str, *, says: str | None) -> None:
    """Run `source` as a test module under our conftest, in a process of its own: it passes, or fails and `says` why."""
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(test_a_module=textwrap.dedent(source))
    result = pytester.runpytest_subprocess(
        f"--config-file={ROOT / 'pyproject.toml'}", f"--rootdir={pytester.path}", "-p", "no:cacheprovider", "."
    )
    output = result.stdout.str() + result.stderr.str()
    assert (result.ret == 0) is (says is None), output
    assert (says or "1 passed") in output


def test_a_module_that_says_its_kind_and_ends_its_tasks_passes(pytester: pytest.Pytester) -> None:
    source = """
        import asyncio, pytest
        pytestmark = pytest.mark.unit
        async def test_a_task_with_an_owner():
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(asyncio.sleep(0))
    """
    check(pytester, source, says=None)


def test_a_module_without_a_kind_is_not_collected(pytester: pytest.Pytester) -> None:
    check(pytester, "def test_nothing(): pass", says="test_a_module.py")


def test_a_test_has_one_kind_only(pytester: pytest.Pytester) -> None:
    source = """
        import pytest
        pytestmark = [pytest.mark.unit, pytest.mark.rim]
        def test_nothing(): pass
    """
    check(pytester, source, says="a test is of one kind")


def test_a_task_left_running_fails_the_test_and_is_named(pytester: pytest.Pytester) -> None:
    source = """
        import asyncio, pytest
        pytestmark = pytest.mark.unit
        async def forgotten():
            await asyncio.Event().wait()
        async def test_a_loose_task():
            asyncio.get_running_loop().create_task(forgotten())
    """
    check(pytester, source, says="left running: <coroutine object forgotten")
