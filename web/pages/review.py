"""Review: the queue of what waits for a person, and the page on which a person concludes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from accounts.actor import Actor
from accounts.details import BadDetail
from accounts.powers import NotYours, Power, require
from cases.entries import CheckInEnded
from cases.ledger import Ledger, Unreadable
from cases.review import Conclusion, EntryId
from checkins.appointment import Appointment
from checkins.at_odds import says_the_same
from checkins.checkin import CheckInId
from checkins.filing import Correction, ReviewPage
from checkins.lists import WaitingForReview, damaged_rows
from recognition.verdict import Verdict
from storage.files import FileStore, SealedFile
from web.footage import ended_of, footage_of
from web.forms import Form, posted
from web.frame import staff_page
from web.neighbours import neighbours
from web.sessions import may, staff
from web.why import Sentence, how_it_stood, why
from web.wording import SHOWN, VERDICTS, Tag
from web.words import N_

STILLS_SHOWN = 5  # one beside the reference picture, four small ones below it: few enough to look at each
WRONG_NOTE = {
    "missing": N_("请写一句说明，别人才知道您看到了什么。"),
    "too_long": N_("说明太长了，最多 2000 个字。"),
}
WRONG_CORRECTION = {
    **WRONG_NOTE,
    "missing": N_("请写明为什么更正。"),
    "meanwhile": N_("刚才已经有人更正过。请先看看现在的结论，再决定要不要更正。"),
}
CHOOSE = N_("请在三个结论里选一个。")
UNREADABLE = (
    Tag("doubt", N_("记录读不出来")),
    [Sentence(N_("这次核查在台账里的记录读不出来，不是本人的问题。请打开它，把编号告诉管理员。"))],
)
AT_ODDS = (
    Tag("doubt", N_("记录对不上")),
    [Sentence(N_("这次核查的状态和台账里记的不一样，不是本人的问题。可能被改动过，请立即报告。"))],
)


@dataclass(frozen=True, slots=True)
class Needing:
    """One check-in that waits for a person, with the first reason in words; `age_s` is how long it has waited."""

    waiting: WaitingForReview
    path: str
    tag: Tag
    reasons: list[Sentence]
    age_s: float


async def waiting_for(request: web.Request, actor: Actor) -> list[WaitingForReview]:
    """What waits for a person in the actor's area, the oldest first; nothing for who does not review."""
    near = neighbours(request)
    return await near.appointments.waiting_for_review(actor, near.now()) if may(actor, Power.REVIEW) else []


async def needing(request: web.Request, waiting: Sequence[WaitingForReview]) -> list[Needing]:
    """The same with the reasons, which are in the record."""
    near = neighbours(request)
    entries = []
    for one in waiting:
        tag, reasons = await in_words(near.ledger, one.appointment)
        age_s = (near.now() - one.waiting_since).total_seconds()
        entries.append(Needing(one, f"/check-ins/{one.appointment.id}/review", tag, reasons, age_s))
    return entries


async def in_words(ledger: Ledger, appointment: Appointment) -> tuple[Tag, list[Sentence]]:
    """What a check-in that waits is called, and why: a broken record is a reason too, and stands in nobody's way."""
    try:
        ended = await ended_of(ledger, appointment)
    except (Unreadable, NotYours):
        return UNREADABLE
    if not says_the_same(appointment, ended, ended.identity_state):
        return AT_ODDS
    return SHOWN[appointment.shown], why(ended)


@staff
async def queue(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The queue, the longest wait on top."""
    require(actor, Power.REVIEW)
    waiting = await waiting_for(request, actor)
    entries = await needing(request, waiting)
    return await staff_page(
        request,
        actor,
        "review_queue.html",
        section="/review",
        waiting_for_review=len(waiting),
        needing=entries,
        damaged=await damaged_rows(neighbours(request).database, actor),
    )


@staff
async def show(request: web.Request, actor: Actor) -> web.StreamResponse:
    """The review page of one check-in; that it was opened is in the audit log."""
    return await review_page(request, actor, Form())


@staff
async def conclude(request: web.Request, actor: Actor) -> web.StreamResponse:
    """A person's conclusion: filed, and signed with their post. The form again when a needed note is missing."""
    near = neighbours(request)
    check_in = CheckInId(request.match_info["check_in"])
    values = await posted(request)
    try:
        conclusion = Conclusion(values.get("conclusion", ""))
        await near.appointments.conclude(actor, check_in, conclusion, values.get("note", ""), near.now())
    except BadDetail as bad:
        return await review_page(request, actor, Form(values, {"note": WRONG_NOTE[bad.reason_code]}))
    except ValueError:
        return await review_page(request, actor, Form(values, {"note": CHOOSE}))
    raise web.HTTPSeeOther(f"/check-ins/{check_in}/review")


@staff
async def correct(request: web.Request, actor: Actor) -> web.StreamResponse:
    """Another conclusion in place of the one that stands, with the reason; the form again when something is missing."""
    near = neighbours(request)
    check_in = CheckInId(request.match_info["check_in"])
    values = await posted(request)
    try:
        conclusion = Conclusion(values.get("conclusion", ""))
        correction = Correction(EntryId(values.get("cites", "")), conclusion, values.get("note", ""))
        await near.appointments.correct(actor, check_in, correction, near.now())
    except BadDetail as bad:
        return await review_page(request, actor, Form(values, {"note": WRONG_CORRECTION[bad.reason_code]}))
    except ValueError:
        return await review_page(request, actor, Form(values, {"note": CHOOSE}))
    raise web.HTTPSeeOther(f"/check-ins/{check_in}/review")


async def review_page(request: web.Request, actor: Actor, form: Form) -> web.Response:
    """The page, with the form as it came back if it did."""
    near = neighbours(request)
    check_in = CheckInId(request.match_info["check_in"])
    review = await near.appointments.review(actor, check_in, near.now())
    enrolled = await near.enrolments.enrolled(actor)
    waiting = await waiting_for(request, actor)
    return await staff_page(
        request,
        actor,
        "review.html",
        section="/review",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_wrong else HTTPStatus.OK,
        here=f"/check-ins/{check_in}/review",
        waiting_for_review=len(waiting),
        review=review,
        tag=SHOWN[review.appointment.shown],
        complete=all(made.state == "sealed" and not made.gaps for made in review.ended.recordings),
        at_odds=check_in in await near.appointments.at_odds(review.subject.id),
        chain_whole=await near.ledger.verify(review.subject.id) is None,
        files_unchanged=await asyncio.to_thread(unchanged, near.files, review.ended),
        footage=footage_of(check_in, review.ended),
        reasons=how_it_stood(review.ended) if review.words else why(review.ended),
        best=closest_score(review.ended),
        has_portrait=review.subject.id in enrolled,
        shown=stills_to_show(check_in, review.ended),
        may_conclude=may(actor, Power.CONCLUDE),
        next=next_after(review, waiting),
        form=form,
    )


def unchanged(files: FileStore, ended: CheckInEnded) -> bool:
    """Whether every recording and still is there, byte for byte as it was sealed. Reads all of them: blocking."""
    cited = [recording.file for recording in ended.recordings] + [still.file for still in ended.stills]
    return all(files.unchanged(SealedFile(file.name, file.sha256, file.size)) for file in cited if file is not None)


@dataclass(frozen=True, slots=True)
class Score:
    """The score that came closest to a match, beside the one needed for it."""

    score: float
    threshold: float


def closest_score(ended: CheckInEnded) -> Score | None:
    """For whoever wants the figure behind the words; None when nothing was scored."""
    scores = [still.score for still in ended.stills if still.score is not None]
    if not scores or ended.engine is None or ended.engine.thresholds is None:
        return None
    needed = ended.engine.thresholds  # of that day: a later tuning does not change what old evidence said
    best = max(scores) if needed.match > needed.no_match else min(scores)
    return Score(best, needed.match)


@dataclass(frozen=True, slots=True)
class ShownStill:
    """A still beside the reference picture."""

    url: str
    at_s: float
    tag: Tag


def stills_to_show(check_in: CheckInId, ended: CheckInEnded) -> list[ShownStill]:
    """The still that matters most for the conclusion, then others by time, from all over the call.

    Differing before matching before unclear; the lowest and the highest score are among them.
    """
    order = {Verdict.NO_MATCH: 0, Verdict.SEVERAL_FACES: 0, Verdict.MATCH: 1}
    kept = [(n, still) for n, still in enumerate(ended.stills, start=1) if still.file is not None]
    scored = sorted((pair for pair in kept if pair[1].score is not None), key=lambda pair: pair[1].score or 0.0)
    first = sorted(kept, key=lambda pair: order.get(Verdict(pair[1].verdict), 2))[:1]
    chosen = list({pair[0]: pair for pair in (*first, *scored[:1], *scored[-1:])}.values())
    while len(chosen) < min(STILLS_SHOWN, len(kept)):  # each time the one farthest from all that are chosen
        left = [pair for pair in kept if pair not in chosen]
        chosen.append(max(left, key=lambda pair: min(abs(pair[1].at_s - one[1].at_s) for one in chosen)))
    by_time = chosen[:1] + sorted(chosen[1:], key=lambda pair: pair[0])
    return [
        ShownStill(f"/check-ins/{check_in}/stills/{n}.jpg", still.at_s, VERDICTS[Verdict(still.verdict)])
        for n, still in by_time
    ]


def next_after(review: ReviewPage, waiting: Sequence[WaitingForReview]) -> str:
    """Where a reviewer goes on to once this one is concluded: the oldest that still waits, or nowhere."""
    others = [one.appointment.id for one in waiting if one.appointment.id != review.appointment.id]
    return f"/check-ins/{others[0]}/review" if review.said and others else ""


ROUTES = (
    web.get("/review", queue),
    web.get("/check-ins/{check_in}/review", show),
    web.post("/check-ins/{check_in}/conclusion", conclude),
    web.post("/check-ins/{check_in}/correction", correct),
)
