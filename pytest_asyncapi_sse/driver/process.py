"""A client under test in Python, in a child process that is killed for certain."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pytest_asyncapi_sse.driver.calling import Call
from pytest_asyncapi_sse.driver.group import ProcessGroup, how_it_ended
from pytest_asyncapi_sse.driver.listening import Listening
from pytest_asyncapi_sse.driver.wire import delivery_of, marked_run
from pytest_asyncapi_sse.schema import dump_json, parse_json

# A client that has not ended by then is killed: only a new start is lost, no verdict.
_GRACE_SECONDS = 0.5
# One that was killed before is as likely to come back for ever the next time.
_SHORT_GRACE_SECONDS = 0.1


class ProcessDriver:
    """Run a client MODULE:ATTR in a Python child, which is kept from one call to the next.

    `folder` is put on the child's import path. A child whose client does not end when it is told
    to is killed with its whole process group, and the next call starts a new one.
    """

    def __init__(self, target: str, *, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._child: ProcessGroup | None = None
        self._current: Listening | None = None
        self._run = 0
        self._heard_run = 0
        self._grace = _GRACE_SECONDS

    def start(self, call: Call) -> Listening:
        """Hand the call to the child and return at once."""
        listening = Listening(begun=False)
        self._run += 1
        # First, while nothing is current: how the last child ended says nothing of this call.
        if self._child is not None and not self._child.runs:
            self.close()
        self._current = listening
        try:
            if self._child is None:
                # What is said while the client is imported belongs to the call that needs it.
                self._heard_run = self._run
                self._child = self._spawn()
            self._child.send(dump_json({"run": self._run, "call": call.fields()}))
        except OSError as error:
            listening.end(f"its process could not be reached: {error}")
        return listening

    def stop(self, listening: Listening, *, within: float) -> bool:
        """Have the client ended, and kill it where it does not end soon.

        A client that reconnects for ever is no fault, so this is True in any case.
        """
        listening.stopping = True
        if not listening.ended:
            self._tell_to_stop()
        grace = min(within, self._grace)
        ends = listening.wait_until(lambda: listening.ended, within=grace)
        self._grace = _GRACE_SECONDS if ends else _SHORT_GRACE_SECONDS
        if not ends:
            self.close()
        self._current = None
        return True

    def close(self) -> None:
        """Kill the child and its group, and wait until nothing of it is left."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
        self._current = None

    def _tell_to_stop(self) -> None:
        if self._child is None:
            return
        try:
            self._child.send(dump_json({"stop": self._run}))
        except OSError:
            self.close()

    def _spawn(self) -> ProcessGroup:
        search = [str(self._folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        return ProcessGroup(
            [sys.executable, "-m", f"{__package__}.child", self._target],
            folder=self._folder,
            environment={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(search),
                "PYTHONUTF8": "1",
            },
            take=self._take,
            hear=self._hear,
            ended=self._ended,
            is_fed=True,
        )

    def _take(self, line: bytes) -> None:
        listening = self._current
        report = parse_json(line)
        if listening is None or report["run"] != self._run:
            return
        if "begun" in report:
            listening.begin()
        elif "ended" in report:
            listening.end(report["ended"])
        else:
            listening.deliver(delivery_of(report), size=len(line))

    def _hear(self, line: str) -> None:
        listening = self._current
        run = marked_run(line)
        if run is not None:
            self._heard_run = run
        elif listening is not None and self._heard_run == self._run:
            listening.hear(line)

    def _ended(self, status: int | None) -> None:
        listening = self._current
        if listening is not None:
            listening.end(how_it_ended(status, listening.said))
