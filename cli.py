"""The console script `fairwatch`: serve, demo, doctor, migrate, person, unit, admin, models, faces, turn, bench."""

import json
from collections.abc import Coroutine
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from faces import Engine, faces, models
from logbook import escaped, open_log
from shell import NO_STAFF, password, run, screen, settings

app = typer.Typer(
    name="fairwatch",
    help="Fairwatch · 明鉴: video supervision for community corrections. Settings are FAIRWATCH_* variables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
T = TypeVar("T")

device = typer.Typer(help="Devices that stream to this installation by WHIP.", no_args_is_help=True)
person = typer.Typer(help="Staff of this installation.", no_args_is_help=True)
unit = typer.Typer(help="Units of this installation.", no_args_is_help=True)
admin = typer.Typer(help="Administrators of this installation.", no_args_is_help=True)
bench = typer.Typer(help="Measurements, as ratios of one run.", no_args_is_help=True)
turn = typer.Typer(help="The relay for networks that block UDP.", no_args_is_help=True)
app.add_typer(bench, name="bench")
app.add_typer(device, name="device")
app.add_typer(person, name="person")
app.add_typer(unit, name="unit")
app.add_typer(admin, name="admin")
app.add_typer(models, name="models")
app.add_typer(faces, name="faces")
app.add_typer(turn, name="turn")


class Before(StrEnum):
    """Who sits before the demo's camera."""

    SAME = "same"
    OTHER = "other"
    NOBODY = "nobody"


class Conclude(StrEnum):
    """What the demo's officer concludes."""

    CONFIRM = "confirm"
    CONCERN = "concern"
    REJECT = "reject"


@app.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for the whole LAN.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="TCP port of the pages.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain, PEM: phones need HTTPS.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    tls_self_signed: Annotated[bool, typer.Option(help="Make a certificate for a first try in the LAN.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=0, max=64, help="Media processes, a UDP port each; 0: none but the server's own.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Demo data, and one-time sign-in links.")] = False,
) -> None:
    """Serve the pages, the signalling and the media until Ctrl-C."""
    from addresses import lan_address
    from demo.greeting import greet, print_code
    from server import Running, serving, wall_clock
    from tls import self_signed

    chosen = settings()
    if (tls_cert is None) != (tls_key is None):
        raise typer.BadParameter("--tls-cert and --tls-key go together")
    if tls_self_signed:
        address = lan_address()
        tls_cert, tls_key = self_signed(chosen.data / "tls", address, wall_clock())
        host = host or "0.0.0.0"
        chosen = replace(chosen, public_origin=f"https://{address}:{chosen.port if port is None else port}")
    chosen = replace(
        chosen,
        host=host or chosen.host,
        port=chosen.port if port is None else port,
        tls_cert=tls_cert or chosen.tls_cert,
        tls_key=tls_key or chosen.tls_key,
        workers=chosen.workers if workers is None else workers,
    )
    open_log(chosen.log_level)

    async def begin(server: Running) -> None:
        if demo:
            await greet(server, screen, with_qr=tls_self_signed)
        else:
            if not await server.rooms.people.staff():
                screen.print(NO_STAFF, soft_wrap=True)
            screen.print(f"明鉴 Fairwatch  {server.origin}   Ctrl-C stops")
            if tls_self_signed:
                print_code(server.origin)

    try:
        run(serving(chosen, begin))
    except OSError as error:
        screen.print(f"{error.strerror or error}. If a port is in use: --port, or FAIRWATCH_UDP_PORT for media.")
        raise typer.Exit(1) from None


@app.command()
def demo(
    *,
    before_camera: Annotated[Before, typer.Option("--as", help="Who sits before the subject's camera.")] = Before.SAME,
    conclude: Annotated[Conclude | None, typer.Option(help="Let the officer conclude too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """One whole check-in without a browser, over real WebRTC, in a store of its own."""
    from cases.review import Conclusion
    from demo.caller import Refused
    from demo.scripted import check_in

    open_log("WARNING")
    said = {Conclude.CONFIRM: Conclusion.CONFIRMED, Conclude.CONCERN: Conclusion.CONCERN}
    conclusion = None if conclude is None else said.get(conclude, Conclusion.REJECTED)
    try:
        outcome = run(check_in(settings(), before_camera.value, conclusion, screen))
    except Refused as error:
        screen.print(f"The server did not do what the script asked: {error}", soft_wrap=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(asdict(outcome), ensure_ascii=False, indent=2))
    else:
        outcome.show(Console(highlight=False))
    raise typer.Exit(0 if outcome.check_in_state in ("ended", "filed") else 1)


@app.command()
def doctor(
    *,
    whole_record: Annotated[
        bool, typer.Option("--whole-record", help="Check all of it, however long that takes.")
    ] = False,
) -> None:
    """What is there, what is missing, whether the record is whole, and what to do about it."""
    from doctor import LONGEST_CHECK_S, examine

    with screen.status("looking, and checking the record"):
        findings = run(examine(settings(), None if whole_record else LONGEST_CHECK_S))
    for finding in findings:
        wrong = "[red]bad [/]" if finding.needed else "[yellow]note[/]"
        screen.print("[green]ok  [/]" if finding.ok else wrong, end=" ")
        screen.print(escaped(finding.what), markup=False)  # paths, for one, may say anything
        if finding.advice:
            screen.print(f"     {escaped(finding.advice)}", markup=False)
    raise typer.Exit(0 if all(finding.ok for finding in findings if finding.needed) else 1)


@app.command()
def migrate(
    *, new: Annotated[str | None, typer.Option(help="Write a step for changed tables, with a telling name.")] = None
) -> None:
    """Bring the database to this version's tables."""
    from office import migrated, new_step

    if new is None:
        run(migrated(settings()))
        screen.print("the database is up to date")
    else:
        try:
            screen.print(f"written: {run(new_step(settings(), new))}; read it before you commit it")
        except ValueError as error:
            screen.print(str(error))
            raise typer.Exit(1) from None


@person.command("add")
def add_person(
    login: Annotated[str, typer.Argument(help="What the person types to sign in.")],
    *,
    name: Annotated[str, typer.Option(help="As colleagues and subjects see it.")],
    role: Annotated[
        str, typer.Option(help="deputy_director, captain, squadron_leader, officer, assistant, counsellor.")
    ],
    unit: Annotated[str, typer.Option(help="Name of the unit that the post is in.")],
) -> None:
    """Add a member of staff with one post; asks for the password."""
    from office import add_staff

    added(add_staff(settings(), login, name, password(), role, unit))


@unit.command("phone")
def set_unit_phone(
    name: Annotated[str, typer.Argument(help="Name of the unit.")],
    number: Annotated[str, typer.Argument(help="Its office's telephone number; an empty one takes it away.")],
) -> None:
    """Say which number subjects see where they are told to call the office."""
    from office import set_phone

    added(set_phone(settings(), name, number), done="kept")


@admin.command("create")
def create_admin(
    login: Annotated[str, typer.Argument(help="What the administrator types to sign in.")],
    *,
    name: Annotated[str, typer.Option(help="As colleagues see it.")],
    bureau: Annotated[str | None, typer.Option(help="The bureau's name, where there is none yet.")] = None,
) -> None:
    """Make an administrator; the first one also founds the bureau. Asks for the password."""
    from office import add_administrator

    added(add_administrator(settings(), login, name, password(), bureau))


@device.command("add")
def add_device(
    name: Annotated[str, typer.Argument(help="Where it is, or who uses it.")],
    *,
    kind: Annotated[str, typer.Option(help="body_worn, room_camera or encoder.")],
    unit: Annotated[str, typer.Option(help="Name of the unit that it belongs to.")],
) -> None:
    """Add a device that streams by WHIP; prints its token, once."""
    from office import add_device

    token = added(add_device(settings(), name, kind, unit))
    screen.print(f"address: {settings().origin_at(settings().port)}/whip", soft_wrap=True)
    typer.echo(f"token:   {token}")


def added(adding: Coroutine[object, object, T], done: str = "added") -> T:
    """Run it; what cannot be used is one sentence."""
    from accounts.details import LONGEST_PASSWORD, SHORTEST_PASSWORD, BadDetail

    try:
        made = run(adding)
    except BadDetail as error:
        screen.print(f"{error.field}: {error.reason_code.replace('_', ' ')}")
        if error.field == "password":
            screen.print(f"It has {error.length} characters; {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} are needed.")
        raise typer.Exit(2) from None
    screen.print(done)
    return made


@turn.command("config")
def turn_config(
    *,
    tls_cert: Annotated[str | None, typer.Option(help="Certificate chain on the relay's machine, for turns:.")] = None,
    tls_key: Annotated[str | None, typer.Option(help="Its private key there.")] = None,
    external_ip: Annotated[str | None, typer.Option(help="The relay's public address, if it is behind a NAT.")] = None,
    first_port: Annotated[int, typer.Option(min=1024, max=65535, help="UDP ports towards the media server,")] = 49152,
    last_port: Annotated[int, typer.Option(min=1024, max=65535, help="one for each place on the relay.")] = 50151,
) -> None:
    """Print coturn's turnserver.conf for this installation; it holds the secret."""
    from coturn import Certificate, NoPeer, Ports, configuration, peers, ways_in

    chosen = settings()
    ways = ways_in(chosen.turn_urls)
    if chosen.turn_secret is None:
        screen.print("Set FAIRWATCH_TURN_URLS and FAIRWATCH_TURN_SECRET (or FAIRWATCH_TURN_SECRET_FILE) first.")
        raise typer.Exit(2)
    if (tls_cert is None) != (tls_key is None) or (tls_cert is None and any(way.secure for way in ways)):
        raise typer.BadParameter("turns: needs --tls-cert and --tls-key")
    if last_port < first_port:
        raise typer.BadParameter("--last-port comes after --first-port")
    certificate = None if tls_cert is None or tls_key is None else Certificate(tls_cert, tls_key)
    try:
        to = peers(chosen.udp_announced)
    except NoPeer:
        screen.print("FAIRWATCH_UDP_ANNOUNCED must say to which address of the media server a relay may lead.")
        raise typer.Exit(2) from None
    ports = Ports(first_port, last_port)
    made = configuration(ways, chosen.turn_secret, to, ports, certificate=certificate, external=external_ip)
    typer.echo(made, nl=False)


@bench.command("media")
def bench_media(
    *,
    rooms: Annotated[int, typer.Option(min=1, max=100, help="Check-ins at the same time.")] = 12,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="How long each load is measured.")] = 20.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """The media plane's CPU beside Janus (where it is installed) and the tutorial way; takes minutes."""
    from bench.media import in_own_network

    raise typer.Exit(in_own_network([str(rooms), str(seconds), "json" if as_json else "table"], screen))


@bench.command("soak")
def bench_soak(
    *,
    rooms: Annotated[int, typer.Option(min=1, max=100, help="Check-ins at the same time.")] = 4,
    minutes: Annotated[float, typer.Option(min=0.05, max=1440, help="How long they go on.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """What long calls do to the server's memory and open files."""
    from bench.soak import soak

    soaked = run(soak(rooms, minutes, screen))
    if as_json:
        typer.echo(soaked.json())
    else:
        soaked.show(screen)


@bench.command("faces")
def bench_faces(
    *,
    engine: Annotated[Engine, typer.Option(help="Which engine.")] = Engine.SFACE,
    frames: Annotated[int, typer.Option(min=1, max=10_000, help="Frames measured one by one.")] = 80,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """What a face costs: CPU time a frame and a check-in, the worker's memory, and the delay of the media's loop."""
    from bench.faces import NoEngine, measure
    from demo.clips import clip

    try:
        measured = run(measure(settings().models_folder, engine.value, clip("subject"), frames, screen))
    except NoEngine:
        screen.print(f"{engine.value}'s files are not here: fairwatch models fetch, fairwatch doctor")
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(measured.json())
    else:
        measured.show(Console(highlight=False))


if __name__ == "__main__":
    app()
