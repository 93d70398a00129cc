"""What the items of a run remember of the client under test, each channel apart."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_asyncapi_sse.contract.property import Case
from pytest_asyncapi_sse.errors import ContractViolation
from pytest_asyncapi_sse.model import Channel


@dataclass(slots=True)
class Memory:
    """Remember what the client delivers plainly, and where it hangs.

    `plain` has the cases of a channel, or what is wrong where the client delivers no plain event.
    `delivers` has the channels of which nothing was told in delivering. `deaf` names the item that
    told all the same that the client delivers no plain event, `hung` the one in which it did not
    end.
    """

    plain: dict[int, tuple[Case, ...] | ContractViolation] = field(default_factory=dict)
    delivers: set[int] = field(default_factory=set)
    deaf: dict[int, str] = field(default_factory=dict)
    hung: dict[int, str] = field(default_factory=dict)

    def hangs(self, channel: Channel, item: str) -> None:
        """Remember that the client did not end in an item."""
        self.hung.setdefault(id(channel), item)
