"""Clients with one defect each in what they ask for, in coming back, and in what they take."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from urllib.parse import urlsplit, urlunsplit

from reference_client import DIGITS, Client, Event, Parser, Response, Step

MOST_PAGES = 1
MOST_TRIES = 200


class Posts(Client):
    method = "POST"


class ShortensPath(Client):
    """Ask for the path without its last segment."""

    def address(self) -> str:
        place = urlsplit(self.url)
        return urlunsplit(place._replace(path=place.path.rpartition("/")[0]))


class AppendsSlash(Client):
    """Ask for the path with a slash at its end."""

    def address(self) -> str:
        place = urlsplit(self.url)
        return urlunsplit(place._replace(path=place.path + "/"))


class DropsQuery(Client):
    def address(self) -> str:
        return urlunsplit(urlsplit(self.url)._replace(query=""))


class DropsCredentials(Client):
    """Send none of the headers that it is given."""

    def headers(self) -> dict[str, str]:
        self.given = {}
        return super().headers()


class SendsNoAccept(Client):
    def headers(self) -> dict[str, str]:
        return {name: value for name, value in super().headers().items() if name != "Accept"}


class SendsZeroId(Client):
    """Send an id at once."""

    def headers(self) -> dict[str, str]:
        return {"Last-Event-ID": "0", **super().headers()}


class SendsEmptyId(Client):
    """Send the header of an id that it does not have."""

    def headers(self) -> dict[str, str]:
        return {"Last-Event-ID": "", **super().headers()}


class EndsWithStream(Client):
    def comes_back(self, clean: bool) -> bool:
        return not clean


class EndsWithCut(Client):
    def comes_back(self, clean: bool) -> bool:
        return clean


class IgnoresRetry(Client):
    """Come back at once where the server named a time to wait."""

    def remember(self, parser: Parser) -> None:
        super().remember(parser)
        if parser.retry is not None:
            self.retry = 0.0


class SendsNoId(Client):
    def remember(self, parser: Parser) -> None:
        super().remember(parser)
        self.last_event_id = ""


class SendsPendingId(Client):
    """Send the id of a block that the stream's end cut off."""

    def remember(self, parser: Parser) -> None:
        super().remember(parser)
        self.last_event_id = parser._id


class SendsFirstId(Client):
    """Send the first id of all, not the last."""

    _first = ""

    def deliver(self, event: Event) -> Iterator[object]:
        self._first = self._first or event.id
        return super().deliver(event)

    def remember(self, parser: Parser) -> None:
        super().remember(parser)
        self.last_event_id = self._first


class SendsIdOfEvent(Client):
    """Send the id that the last event had: one in a block without data is forgotten."""

    _id = ""

    def deliver(self, event: Event) -> Iterator[object]:
        self._id = event.id
        return super().deliver(event)

    def remember(self, parser: Parser) -> None:
        super().remember(parser)
        self.last_event_id = self._id


class KeepsId(Client):
    """Keep the last id where the server takes it back."""

    _seen = ""

    def remember(self, parser: Parser) -> None:
        super().remember(parser)
        self.last_event_id = self.last_event_id or self._seen

    def deliver(self, event: Event) -> Iterator[object]:
        self._seen = event.id or self._seen
        return super().deliver(event)


class LeadingDigits(Parser):
    """Read the digits that a reconnection time begins with."""

    def field(self, name: str, value: str) -> None:
        digits = DIGITS.match(value)
        super().field(name, digits[0] if name == "retry" and digits else value)


class ReadsLeadingDigits(Client):
    parser = LeadingDigits


class TriesOnce(Client):
    """End where a connection breaks before an answer."""

    def gives_up(self) -> bool:
        return self.refusals > 0 or super().gives_up()


class MountedTwice(Client):
    """Open the stream, leave it, and open it again, as a component does that is mounted twice."""

    def run(self) -> Iterator[object]:
        Response(self.address(), self.method, self.headers().items()).close()
        yield from super().run()


class OpensTwo(Client):
    """Open the stream twice at once, and read the second one."""

    def run(self) -> Iterator[object]:
        first = self.ask()
        try:
            yield from super().run()
        finally:
            first.close()


class AsksWhatIsAllowed(Client):
    """Ask what is allowed before the stream is opened."""

    def run(self) -> Iterator[object]:
        Response(self.address(), "OPTIONS", self.headers().items()).close()
        yield from super().run()


class HoldsEvent(Client):
    """Deliver an event when the next one comes, or the stream ends."""

    _held: Event | None = None

    def events(self, parser: Parser, events: Iterator[Event]) -> Iterator[object]:
        for event in events:
            yield from self.release()
            self._held = event

    def read(self, response: Response) -> Generator[object, None, bool]:
        again = yield from super().read(response)
        yield from self.release()
        return again

    def release(self) -> Iterator[object]:
        held, self._held = self._held, None
        return iter(()) if held is None else self.deliver(held)


class CollectsEvents(Client):
    """Deliver what came once the stream has ended."""

    def read(self, response: Response) -> Generator[object, None, bool]:
        again = False

        def reading() -> Iterator[object]:
            nonlocal again
            again = yield from super(CollectsEvents, self).read(response)

        yield from list(reading())
        return again


class StartsAnew(Client):
    """Drop the connection at an event that is not valid, and ask for the stream anew."""

    def deliver(self, event: Event) -> Iterator[object]:
        for item in super().deliver(event):
            if isinstance(item, ValueError):
                raise ConnectionError(str(item))
            yield item


class LosesFirst(Client):
    """Drop the first event of each connection but the first."""

    _dropped = 1

    def deliver(self, event: Event) -> Iterator[object]:
        if self._dropped < self.connections:
            self._dropped = self.connections
            return iter(())
        return super().deliver(event)


class RepeatsLast(Client):
    """Deliver the last event of a connection again with the first of the next."""

    _last: Event | None = None
    _connection = 1

    def deliver(self, event: Event) -> Iterator[object]:
        if self._connection < self.connections and self._last is not None:
            yield from super().deliver(self._last)
        self._connection, self._last = self.connections, event
        yield from super().deliver(event)


class Bounded(Client):
    """Stop after some answers that should have ended it: the tests must end."""

    _left = MOST_PAGES

    def step(self, response: Response) -> Step:
        step = super().step(response)
        if step is Step.STOP and self._left and self.goes_on(response):
            self._left -= 1
            return Step.AGAIN if response.status == 204 else Step.READ
        return step

    def goes_on(self, response: Response) -> bool:
        return False


class IgnoresNoContent(Bounded):
    def goes_on(self, response: Response) -> bool:
        return response.status == 204


class IgnoresStatus(Bounded):
    """Read the body of a 404 or a 500."""

    def goes_on(self, response: Response) -> bool:
        return response.status >= 400


class IgnoresType(Bounded):
    """Read each 200 for a stream."""

    def goes_on(self, response: Response) -> bool:
        return response.status == 200


class ComparesType(Client):
    """Take a stream whose content type is written as most servers write it, and no other."""

    def step(self, response: Response) -> Step:
        if response.status == 200 and self.written(response) != "text/event-stream":
            return Step.STOP
        return super().step(response)

    def written(self, response: Response) -> str:
        return response.headers.get("content-type", "")


class ComparesCase(ComparesType):
    def written(self, response: Response) -> str:
        return super().written(response).partition(";")[0]


class FollowsNothing(Client):
    def following(self, response: Response) -> str | None:
        return None


class Hammers(Client):
    """Come back at once after a 503."""

    def pause(self) -> float:
        return 0.0 if self.failures else super().pause()

    def gives_up(self) -> bool:
        return self.failures >= MOST_TRIES or bool(self.refusals and super().gives_up())


class GivesUp(Client):
    """End at a 503, as the standard says."""

    def step(self, response: Response) -> Step:
        return Step.STOP if response.status == 503 else super().step(response)
