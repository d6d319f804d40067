"""What commands do alike: they read the settings, ask for a password, run; what can be mended is one sentence."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import TypeVar

import typer
from rich.console import Console

from settings import BadSetting, Settings

T = TypeVar("T")

NO_STAFF = """Nobody can sign in yet: there is no account. Make the first one, in another terminal too:
  fairwatch admin create LOGIN --name NAME --bureau "NAME OF THE BUREAU" """.rstrip()

screen = Console(stderr=True, highlight=False)


def settings() -> Settings:
    """What the environment says; a setting that cannot be used ends the program with one sentence."""
    try:
        return Settings.from_env(os.environ)
    except BadSetting as error:
        screen.print(f"[bold]{error}[/]")
        raise typer.Exit(2) from None


def run(work: Coroutine[object, object, T]) -> T:
    """Run on uvloop where it is installed; Ctrl-C and SIGTERM end the program in good order.

    What an operator can mend ends it with one sentence.
    """
    from media.contract import NoMedia
    from storage.database import DatabaseBusy, DatabaseFull
    from storage.migrations import NewerDatabase

    try:
        try:
            import uvloop
        except ImportError:
            return asyncio.run(work)
        return uvloop.run(work)
    except BadSetting as error:
        screen.print(f"[bold]{error}[/]")
        raise typer.Exit(2) from None
    except DatabaseFull:
        screen.print("The database's disk takes no more. Make room, and try again.")
        raise typer.Exit(1) from None
    except DatabaseBusy:
        screen.print("The database is busy: something else has been writing to it for seconds. Try again.")
        raise typer.Exit(1) from None
    except NoMedia as none:
        screen.print(str(none))
        raise typer.Exit(1) from None
    except NewerDatabase as newer:
        screen.print(f"A newer Fairwatch has changed this database (step {newer}); this one would not understand it.")
        raise typer.Exit(1) from None


def password() -> str:
    """From the terminal, unseen and typed twice; or one line of standard input, for scripts."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
