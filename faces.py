"""The commands about faces: fetch the models, measure an engine on a list of pairs, propose its thresholds."""

import asyncio
import json
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from logbook import escaped, open_log
from shell import run, screen, settings

if TYPE_CHECKING:  # imported when a command needs them: OpenCV takes its time
    from recognition.evaluation import Acquisition
    from recognition.pairs import PairList

models = typer.Typer(help="The face models.", no_args_is_help=True)
faces = typer.Typer(help="How well the face engines do, measured on pictures of yours.", no_args_is_help=True)


class Engine(StrEnum):
    """A face engine by its name."""

    SFACE = "sface"
    DLIB = "dlib"


@models.command("fetch")
def fetch_models(
    *, source: Annotated[str | None, typer.Option("--from", help="A folder, or an address, to take them from.")] = None
) -> None:
    """Get the face models once; each is checked by its SHA-256."""
    from recognition.models import FetchFailed, Phase, fetch, missing
    from recognition.models import Progress as Fetched

    folder = settings().models_folder
    if not missing(folder):
        screen.print(f"      the face models are in {folder}")
        return
    with Progress(console=screen, transient=True) as bars:
        shown = {}

        def report(progress: Fetched) -> None:
            if progress.phase is Phase.REFUSED:
                bars.console.print(f"      {progress.source}: {progress.why}")
                return
            if progress.file not in shown:
                shown[progress.file] = bars.add_task(f"      {progress.file}", total=None)
            bars.update(shown[progress.file], total=progress.total or None, completed=progress.done)

        try:
            fetch(folder, report, source)
        except FetchFailed as failed:
            screen.print(f"      {failed}")
            raise typer.Exit(1) from None
    screen.print(f"      the face models are in {folder}, checked by hash")


PairsFile = Annotated[
    Path, typer.Argument(metavar="PAIRS.csv", help="Columns path_a, path_b, same (1 or 0) and, if wanted, group.")
]
Engines = Annotated[
    list[Engine] | None, typer.Option("--engine", help="Which engine; may be repeated. All that are here by default.")
]


@faces.command("evaluate")
def evaluate_faces(
    pairs: PairsFile,
    *,
    engine: Engines = None,
    degrade: Annotated[bool, typer.Option(help="Measure small, dark, blurred and compressed copies as well.")] = True,
    frames: Annotated[
        int, typer.Option(min=1, max=99, help="As in a call: the median of how many frames decides.")
    ] = 5,
    html: Annotated[Path | None, typer.Option(help="Write a page with the curves; it needs nothing else.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """False matches and false non-matches on your pairs, by group and by what cheap cameras do to a picture.

    Paths are relative to the CSV. In each pair the first picture is left as it is, the second one is spoilt.
    """
    from recognition.evaluation import evaluated
    from recognition.evaluation_json import as_json as json_of
    from recognition.evaluation_page import page
    from recognition.evaluation_table import show

    open_log("ERROR")
    listed, acquired = acquisitions(pairs, engine, degrade=degrade)
    found = [evaluated(listed, one, one.engine.thresholds, frames) for one in acquired]
    for line, complaint in found[0].unread:
        screen.print(f"line {line}: {escaped(complaint)}; counted as a failure to acquire", markup=False)
    if html is not None:
        try:
            html.write_text(page(found), encoding="utf-8")
        except OSError as error:
            screen.print(f"{escaped(str(html))}: {error.strerror or error}", markup=False)
            raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({one.engine.name: json_of(one) for one in found}, ensure_ascii=False, indent=2))
    else:
        show(found, Console(highlight=False))


@faces.command("tune")
def tune_faces(
    pairs: PairsFile,
    *,
    engine: Engines = None,
    in_force: Annotated[
        bool, typer.Option("--in-force", help="Propose nothing: measure the thresholds that are in force.")
    ] = False,
    data: Annotated[str, typer.Option(help="What the pictures are, in a sentence, for the evidence.")] = "",
) -> None:
    """Propose thresholds on your pairs, and print the table of recognition/policy.toml with the evidence for them.

    People with eight pictures and more are needed. Nothing is changed: a person decides, and commits the file.
    """
    from recognition.evaluation import evaluated
    from recognition.policy import IN_FORCE
    from recognition.tuning import TooLittle, proposed, table
    from server import wall_clock

    open_log("ERROR")
    listed, acquired = acquisitions(pairs, engine, degrade=True)
    for one in acquired:
        found, now = evaluated(listed, one, one.engine.thresholds), one.engine.thresholds
        if not in_force:
            try:
                found = evaluated(listed, one, proposed(found))
            except TooLittle:
                screen.print("Nobody in it has eight pictures that can be used, or there is nobody to tell them from.")
                raise typer.Exit(1) from None
        new = found.engine.thresholds
        command = f"fairwatch faces tune {pairs.name} --engine {new.engine}{' --in-force' if in_force else ''}"
        typer.echo(f"# match {new.match}, in force {now.match}; no match {new.no_match}, in force {now.no_match}")
        typer.echo(table(found, IN_FORCE.engines[new.engine], data, command, wall_clock().date()))


def acquisitions(
    pairs: Path, wanted: Sequence[Engine] | None, *, degrade: bool
) -> "tuple[PairList, Sequence[Acquisition]]":
    """The list as each engine sees it, with a bar; what can be mended ends the program with a sentence a line."""
    from recognition.evaluation import EngineGone
    from recognition.pairs import BadPairs, read_pairs
    from recognition.spoiling import CLEAN, WAYS

    chosen = settings()
    try:
        listed = read_pairs(pairs)
    except BadPairs as bad:
        for complaint in bad.complaints:
            screen.print(escaped(complaint), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    engines = _here(chosen.models_folder, wanted)
    ways = list(WAYS) if degrade else [CLEAN]
    try:
        found = [run(_acquired(listed, chosen.models_folder, one, ways)) for one in engines]
    except EngineGone:
        screen.print("The face engine answered to no picture: fairwatch doctor says what is there.")
        raise typer.Exit(1) from None
    return listed, found


def _here(folder: Path, wanted: Sequence[Engine] | None) -> list[str]:
    """The engines to measure; one that was asked for and is not here ends the program."""
    from recognition.choice import choose

    here = [one for one in Engine if (found := choose(folder, one)) is not None and found.name == one]
    missing = [one for one in wanted or () if one not in here]
    if missing or not here:
        name = missing[0] if missing else Engine.SFACE
        screen.print(f"{name}'s files are not here, or not the pinned ones: fairwatch models fetch, fairwatch doctor")
        raise typer.Exit(1)
    return [one.value for one in here if not wanted or one in wanted]


async def _acquired(listed: "PairList", folder: Path, engine: str, ways: Sequence[str]) -> "Acquisition":
    from recognition.evaluation import acquire
    from recognition.verifier import FaceVerifier

    verifier = await FaceVerifier.start(folder, time.monotonic, engine)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    try:
        with Progress(*columns, console=screen, transient=True) as bars:
            bar = bars.add_task(f"{engine}: pictures", total=None)
            return await acquire(
                listed, verifier, ways, lambda done, total: bars.update(bar, completed=done, total=total)
            )
    finally:
        await asyncio.shield(verifier.close())
