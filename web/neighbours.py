"""What the pages are handed: the rooms they call and the one clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from accounts.audit import Audit
from accounts.organisation import Organisation
from accounts.people import People
from accounts.sign_in import SignIn
from accounts.subjects import Subjects
from cases.ledger import Ledger
from checkins.appointments import Appointments
from checkins.enrolment import Enrolments
from checkins.policy import Policy
from courses.lessons import Lessons
from devices.live import LiveDevices
from devices.policy import DevicePolicy
from devices.register import Register
from media.viewing_copies import ViewingCopies
from recognition.verifier import FaceVerifier
from storage.database import Database
from storage.files import FileStore


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The rooms behind the pages, built and stopped by server.py."""

    database: Database  # for access_case() only
    sign_in: SignIn
    organisation: Organisation
    people: People
    subjects: Subjects
    audit: Audit
    appointments: Appointments
    lessons: Lessons
    enrolments: Enrolments
    verifier: FaceVerifier
    ledger: Ledger
    files: FileStore
    copies: ViewingCopies
    policy: Policy
    devices: Register
    live_devices: LiveDevices
    device_policy: DevicePolicy
    now: Callable[[], datetime]


NEIGHBOURS = web.AppKey("neighbours", Neighbours)


def neighbours(request: web.Request) -> Neighbours:
    """The rooms behind the pages."""
    return request.app[NEIGHBOURS]
