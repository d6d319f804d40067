"""Attacks drawn from the demo's two people: what a living person does passes, and each rule stops what it is for."""

from collections.abc import Callable
from random import Random

import av
import cv2
import numpy as np
import pytest

from bench.attackers import FIRST_AT_S, LIMIT_S, Asking, Run, Show, alive, honest, printed
from bench.attacks import Eyes, stopped_by
from bench.puppet import HEIGHT, WIDTH, Pose, Puppet
from demo.clips import Clip, clip
from recognition import models
from recognition.challenges import Challenge, Kind, draw
from recognition.mesh import FaceMesh, Mesh
from recognition.verdict import SFACE
from recognition.worker import load
from tests.support.models import sface_models

pytestmark = pytest.mark.rim


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    folder = sface_models()
    engine, _ = load(SFACE.engine, folder)
    return Eyes(engine, FaceMesh(models.MESH.read(folder)))


def puppet(eyes: Eyes, who: Clip) -> Puppet:
    with av.open(str(clip(who))) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="bgr24")
    pixels = np.asarray(cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
    (face,) = eyes.engine.faces(pixels)
    return Puppet(pixels, eyes.mesh.of(pixels, face))


def asking(kind: Kind) -> Asking:
    if kind is Kind.COLOURS:
        challenge = next(one for one in draw([kind, Kind.NOD], 2, LIMIT_S, Random(4)) if one.kind is kind)
    else:
        challenge = Challenge("01", kind, 0, LIMIT_S)
    return Asking(challenge, FIRST_AT_S, reacts_s=0.8)


def stops(eyes: Eyes, kind: Kind, show: Callable[[Run], Show]) -> set[str]:
    run = Run((asking(kind),), puppet(eyes, "subject"), puppet(eyes, "stranger"), Random(3))
    moments, vectors = eyes.watch(show(run), run.lasts_s, seed=1)
    return stopped_by(run, moments, vectors, None)


@pytest.mark.parametrize("kind", [Kind.TURN_RIGHT, Kind.HAND, Kind.COLOURS])
def test_who_does_as_asked_passes(eyes: Eyes, kind: Kind) -> None:
    assert stops(eyes, kind, honest) == set()


def test_a_print_does_not_turn_its_head(eyes: Eyes) -> None:
    assert stops(eyes, Kind.TURN_RIGHT, printed) == {"gesture"}


def test_nothing_of_our_screen_falls_on_a_face_that_is_not_here(eyes: Eyes) -> None:
    assert stops(eyes, Kind.COLOURS, lambda run: alive(run, run.person, light=0)) == {"colours"}


def test_a_puppet_is_bent_as_its_pose_says(eyes: Eyes) -> None:
    one = puppet(eyes, "subject")

    def seen(pose: Pose) -> Mesh:
        pixels, _ = one.posed(pose)
        face = max(eyes.engine.faces(pixels), key=lambda found: found.height)
        return eyes.mesh.of(pixels, face)

    rest = seen(Pose())
    assert seen(Pose(yaw=30)).yaw_deg - rest.yaw_deg > 15
    assert seen(Pose(yaw=-30)).yaw_deg - rest.yaw_deg < -15
    assert seen(Pose(pitch=18)).pitch_deg - rest.pitch_deg > 12
    assert seen(Pose(lids=1)).eye_aspect < 0.85 * rest.eye_aspect
    assert seen(Pose(zoom=1.35)).eyes_apart_px > 1.25 * rest.eyes_apart_px
    assert seen(Pose(hand=0.45)).flag < rest.flag - 10
