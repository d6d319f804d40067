"""A program that serves a demo bureau in the folder it is given, with so many media workers, until it is killed.

It prints its address and links.
"""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

from checkins.policy import Sampling, read_policy
from demo import people as demo_people
from demo.greeting import sign_in_links
from server import running
from tests.support.servers import loopback


async def serve(data: Path, workers: int) -> None:
    policy = replace(read_policy(), sampling=Sampling(0.3, 0.3))
    async with running(replace(loopback(data), workers=workers), policy=policy) as server:
        rooms = server.rooms
        await demo_people.found(rooms.organisation, rooms.people, rooms.subjects, rooms.enrolments, rooms.now())
        sys.stdout.write(json.dumps([server.origin, await sign_in_links(server, rooms.now())]) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
