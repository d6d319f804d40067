"""What a check-in left behind, as the review player reads it: everything on one clock, seconds since admission."""

from pathlib import PurePath

from accounts.powers import NotYours
from cases.entries import CheckInEnded
from cases.ledger import Ledger, Unreadable
from checkins.appointment import Appointment
from checkins.checkin import CheckInId
from checkins.filing import end_of


async def ended_of(ledger: Ledger, appointment: Appointment) -> CheckInEnded:
    """What is on file of a check-in's end; NotYours while it has not ended. The caller was let at the appointment.

    Unreadable when the entry is gone, or is not this check-in's.
    """
    if appointment.entry is None:
        raise NotYours
    found = await ledger.find(appointment.subject, appointment.entry)
    if found is None:
        raise Unreadable(appointment.entry)
    return end_of(appointment.id, found)


def footage_of(check_in: CheckInId, ended: CheckInEnded) -> dict[str, object]:
    """The player's JSON; a recording or still without a file has no address."""
    base = f"/check-ins/{check_in}"
    return {
        "recordings": [
            {
                "seat": filed.seat,
                "url": f"{base}/recordings/{filed.seat}{PurePath(filed.file.name).suffix}",
                "seconds": filed.seconds,
                "starts_at_s": filed.starts_at_s,
                "sizes": [{"from_s": size.from_s, "width": size.width, "height": size.height} for size in filed.sizes],
            }
            for filed in ended.recordings
            if filed.file is not None
        ],
        "stills": [
            {
                "n": n,
                "at_s": still.at_s,
                "verdict": still.verdict,
                "score": still.score,
                "reasons": list(still.reasons),
                "url": f"{base}/stills/{n}.jpg" if still.file else None,
            }
            for n, still in enumerate(ended.stills, start=1)
        ],
        "gaps": [
            {"seat": filed.seat, "kind": gap.kind, "from_s": gap.from_s, "to_s": gap.to_s, "cause": gap.cause}
            for filed in ended.recordings
            for gap in filed.gaps
        ],
        "drops": [
            {"seat": drop.seat, "from_s": drop.from_s, "to_s": drop.to_s, "cause": drop.cause} for drop in ended.drops
        ],
        "pauses": [{"seat": one.seat, "from_s": one.from_s, "to_s": one.to_s} for one in ended.pauses],
        "mutes": [{"seat": one.seat, "kind": one.kind, "from_s": one.from_s, "to_s": one.to_s} for one in ended.mutes],
        "weak": [
            {
                "seat": one.seat,
                "from_s": one.from_s,
                "to_s": one.to_s,
                "loss": one.loss,
                "rtt_ms": one.rtt_ms,
                "kbit_s": one.kbit_s,
            }
            for one in ended.weak
        ],
        "notes": [{"at_s": note.at_s, "text": note.text} for note in ended.notes],
        "duration_s": (ended.ended_at - ended.admitted_at).total_seconds(),
    }
