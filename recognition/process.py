"""One worker process seen from the server: started, asked, and killed; whatever goes wrong is WorkerLost."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from recognition.jobs import OUT_OF_MEMORY, READY, Answer, Job, answer_of, line_of_job

OUR_CODE = str(Path(__file__).parents[1])


class WorkerLost(Exception):
    """The worker crashed, hung, or answered nonsense. It is of no more use; `kill()` it."""


class WorkerHung(WorkerLost):
    """It took longer than anything takes: whoever waits behind it has waited enough."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a worker may take, in seconds."""

    loading: float = 60  # dlib takes 2.5 s on a quick machine, and the machine may be starting everything at once
    job: float = 10  # the slowest engine needs .3
    ending: float = 2


class Worker:
    """Asked by one caller at a time. A caller who gives up leaves an answer behind, which the next one skips."""

    def __init__(self, process: Process, patience: Patience) -> None:
        assert process.stdin is not None  # PIPE, as spawn() asked for
        assert process.stdout is not None
        self._jobs = process.stdin
        self._answers = process.stdout
        self._process = process
        self._patience = patience
        self._killed = False
        self.loaded = False

    @classmethod
    async def spawn(cls, command: Sequence[str], patience: Patience) -> Self:
        """Start `python -P` with these arguments; the engine loads itself there while we go on. Raises WorkerLost."""
        # What decodes strangers' pictures is told no setting: a database's address may hold a password.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FAIRWATCH_")}
        paths = [OUR_CODE, *filter(None, [environment.get("PYTHONPATH")])]
        environment |= {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", *command, stdin=PIPE, stdout=PIPE, env=environment, start_new_session=True
            )  # its own session: Ctrl-C in our terminal is ours to answer
        except OSError as error:
            raise WorkerLost("it cannot be started") from error
        return cls(process, patience)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._killed and self._process.returncode is None

    async def ask(self, job: Job) -> Answer:
        """The answer to this job; raises WorkerLost."""
        try:
            if not self.loaded:
                async with asyncio.timeout(self._patience.loading):
                    await self._answer(READY)
                self.loaded = True
            async with asyncio.timeout(self._patience.job):
                for part in (line_of_job(job), job.template, job.picture):
                    self._jobs.write(part)
                await self._jobs.drain()
                return await self._answer(job.number)
        except TimeoutError as error:
            raise WorkerHung("it took too long") from error
        except ValueError as error:
            raise WorkerLost("it answered nonsense") from error
        except (OSError, EOFError) as error:
            raise WorkerLost(await self._how_it_ended()) from error

    async def _answer(self, number: int) -> Answer:
        while True:
            line = await self._answers.readline()
            if not line:
                raise EOFError
            answer = answer_of(line)
            if answer.number == number:
                return answer

    async def _how_it_ended(self) -> str:
        """For the log: what an operator can do about it depends on it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.ending):
                await self._process.wait()
        match self._process.returncode:
            case None:
                return "it closed its pipe"
            case code if code == OUT_OF_MEMORY:
                return "it ran out of memory"
            case code if code < 0:
                return f"it was ended by {signal.Signals(-code).name}"
            case code:
                return f"it ended with {code}"

    def kill(self) -> None:
        """End it now; a job under way gets WorkerLost."""
        self._killed = True
        if not self._answers.at_eof():  # else it is ending by itself, and asyncio must be the one to reap it
            with suppress(ProcessLookupError):
                self._process.kill()

    async def gone(self) -> None:
        """Until it is reaped and its pipes are closed. To be awaited after kill(), and by nobody during ask()."""
        self._jobs.close()
        try:
            async with asyncio.timeout(self._patience.ending):
                await self._answers.read()
                await self._process.wait()
        except TimeoutError:  # it closed its pipe and lives
            self._process.kill()
            await self._process.wait()
