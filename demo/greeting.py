"""What `./run` does for an empty installation, and prints each time: demo data, then one-time sign-in links."""

from datetime import datetime, timedelta

from rich.console import Console

from accounts.actor import Actor
from checkins.checkin import INVITING
from demo import people as demo_people
from server import Running

LINK_VALID = timedelta(hours=12)  # a day at the desk


async def greet(server: Running, screen: Console, *, with_qr: bool) -> None:
    """Found the demo bureau where nobody has founded one; then print the address and fresh sign-in links."""
    rooms, at = server.rooms, server.rooms.now()
    if not await demo_people.founded(rooms.organisation, rooms.people):
        with screen.status("      demo data: one bureau, five squadrons, nineteen offices, one enrolled face"):
            await demo_people.found(rooms.organisation, rooms.people, rooms.subjects, rooms.enrolments, at)
    links = await sign_in_links(server, at)
    if not links:
        screen.print(f"\n{server.origin}   this installation has its own data: sign in as usual\n")
        return
    screen.print(f"\n[bold]明鉴 Fairwatch[/]  {server.origin}   demo data; each link signs in once\n")
    for who, link in links.items():
        screen.print(f"  {who}\n    {link}", soft_wrap=True)
    screen.print(
        "\nOpen the officer's link in one window and the subject's in another (a private one). Ctrl-C stops.\n"
    )
    if with_qr:
        screen.print("The subject's link for a phone in this network (the browser will warn: the certificate is ours):")
        print_code(links[SUBJECT])


def print_code(address: str) -> None:
    """The address for a phone's camera, on the terminal."""
    import segno  # for a first try in the LAN only; no other start waits for it

    segno.make(address).terminal(compact=True)


OFFICER, SUBJECT, COUNSELLOR = "矫正官 officer", "社区矫正对象 subject", "心理辅导员 counsellor"


async def sign_in_links(server: Running, at: datetime) -> dict[str, str]:
    """Who, and a link that signs them in once; none where the demo bureau is not."""
    rooms = server.rooms
    if not await demo_people.is_ours(rooms.organisation):
        return {}
    links = {}
    for who, login in ((OFFICER, demo_people.OFFICER), (COUNSELLOR, demo_people.COUNSELLOR)):
        token = await rooms.sign_in.once_link(await demo_people.person_of(rooms.people, login), at, LINK_VALID)
        links[who] = f"{server.origin}/sign-in/once/{token}"
    officer = await demo_people.actor_of(rooms.people, demo_people.OFFICER, at)
    return {**links, SUBJECT: f"{server.origin}/c/{await invitation(server, officer, at)}"}


async def invitation(server: Running, officer: Actor, at: datetime) -> str:
    """A fresh link's token for the demo subject's check-in now; a new check-in where none is open."""
    appointments = server.rooms.appointments
    subject = await demo_people.subject_of(server.rooms.subjects, officer)
    for row in await appointments.of_case(officer, subject, at):
        if row.appointment.check_in.state in INVITING and row.appointment.starts_at <= at <= row.appointment.closes_at:
            return await appointments.send_link(officer, row.appointment.id, at)
    appointment = await appointments.schedule(officer, subject, at, at)
    return await appointments.send_link(officer, appointment.id, at)
