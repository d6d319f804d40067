"""A program with one media worker, that prints the worker's process id and is then killed."""

import asyncio
import sys
import time

from media.crew import Crew


async def main() -> None:
    crew = await Crew.start("127.0.0.1", [0], ["127.0.0.1"], time.monotonic)
    [worker] = crew.workers
    sys.stdout.write(f"{worker.pid}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
