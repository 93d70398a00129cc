"""A client under test in this process: a callable in a daemon thread."""

from __future__ import annotations

import threading
import traceback

from pytest_asyncapi_sse.driver.calling import Call, Client
from pytest_asyncapi_sse.driver.consuming import Consuming
from pytest_asyncapi_sse.driver.delivery import cut
from pytest_asyncapi_sse.driver.listening import Listening
from pytest_asyncapi_sse.errors import AsyncAPIError, ConfigurationError, shown

_SHOWN = 200
_SHOWN_FAILURE = 2_000


class ThreadDriver:
    """Run a callable in a thread; it ends when its stream does, or when its call is closed.

    Raises ConfigurationError for what can't be called.
    """

    def __init__(self, client: Client) -> None:
        if not callable(client):
            raise ConfigurationError(
                f"the client under test is {shown(client, _SHOWN)}: the fixture asyncapi_client"
                " must return a callable that gets the `url`, or a command as one text"
            )
        self._client = client
        self._running: dict[Listening, tuple[threading.Thread, Consuming]] = {}

    def start(self, call: Call) -> Listening:
        """Call the client in a thread of its own and return at once."""
        listening = Listening()
        consuming = Consuming(self._client, call, listening.deliver)
        thread = threading.Thread(
            target=_run, args=(consuming, listening), name="client under test", daemon=True
        )
        self._running[listening] = thread, consuming
        thread.start()
        return listening

    def stop(self, listening: Listening, *, within: float) -> bool:
        """Close the client's call, and wait for the thread: its stream is closed by now."""
        listening.stopping = True
        if listening not in self._running:
            return True
        thread, consuming = self._running.pop(listening)
        consuming.close()
        thread.join(within)
        return not thread.is_alive()

    def close(self) -> None:
        """Have every run that was not stopped end."""
        for listening in list(self._running):
            self.stop(listening, within=0)


def _run(consuming: Consuming, listening: Listening) -> None:
    failure = ""
    try:
        consuming.run()
    except BaseException as error:  # SystemExit ends the client, and nothing else
        failure = failure_text(error)
    finally:
        listening.end(failure)


def failure_text(error: BaseException) -> str:
    """Return an exception, cut to 2,000 characters, with the place that raised it."""
    if isinstance(error, AsyncAPIError):
        return str(error)
    text = cut("".join(traceback.format_exception_only(error)).strip(), _SHOWN_FAILURE)
    frames = traceback.extract_tb(error.__traceback__)
    return f"{text} ({frames[-1].filename}:{frames[-1].lineno})" if frames else text
