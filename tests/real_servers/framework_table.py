"""The table of frameworks: how each is served, what it sends, and which defect is typical for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EVENTS = "events_match_the_contract"
RESUMES = "resumes_after_a_cut"
PUBLISHED = "published_payloads_arrive"


@dataclass(frozen=True)
class Defect:
    """Hold what is planted, and the one item that must fail with exactly these codes."""

    name: str
    item: str
    errors: set[str]
    advice: Mapping[str, set[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Framework:
    """Hold one framework.

    `serving` is `app` for an ASGI application, else the server is a process. `fields` are those of
    a tick in their order; `advice` is what the gate tells of the right server, by its item.
    """

    name: str
    package: str
    serving: str
    line_end: str
    fields: str
    content_type: str
    cache_control: str | None
    advice: Mapping[str, set[str]]
    defects: tuple[Defect, ...]


def item(channel: str, name: str) -> str:
    return f"{channel}::server::{name}"


CHARSET = "text/event-stream; charset=utf-8"
CACHEABLE = {
    item("ticks", "connects"): {"cacheable"},
    item("orders", "connects"): {"cacheable"},
}

FRAMEWORKS = [
    Framework(
        "fastapi",
        package="fastapi",
        serving="app",
        line_end="\n",
        fields="event data id",
        content_type=CHARSET,
        cache_control="no-cache",
        advice={},
        defects=(
            Defect("null-member", item("ticks", EVENTS), {"payload-schema"}),
            Defect("null-dropped", item("orders", PUBLISHED), {"payload-altered"}),
        ),
    ),
    Framework(
        "sse_starlette",
        package="sse_starlette",
        serving="app",
        line_end="\r\n",
        fields="id event data",
        content_type=CHARSET,
        cache_control="no-store",
        advice={},
        defects=(
            Defect("dict-as-data", item("ticks", EVENTS), {"invalid-json"}),
            Defect("no-resume", item("ticks", RESUMES), {"resume-repeated"}),
        ),
    ),
    Framework(
        "litestar",
        package="litestar",
        serving="app",
        line_end="\r\n",
        fields="id event data",
        content_type=CHARSET,
        cache_control="no-cache",
        advice={},
        defects=(Defect("nan", item("ticks", EVENTS), {"json-nan"}),),
    ),
    Framework(
        "django",
        package="django",
        serving="app",
        line_end="\n",
        fields="event data id",
        content_type="text/event-stream",
        cache_control="no-cache",
        advice={},
        defects=(Defect("content-type", item("ticks", "connects"), {"content-type"}),),
    ),
    Framework(
        "aiohttp",
        package="aiohttp_sse",
        serving="process",
        line_end="\r\n",
        fields="id event data",
        content_type="text/event-stream",
        cache_control="no-cache",
        advice={},
        defects=(Defect("id-repeated", item("ticks", EVENTS), {"duplicate-id"}),),
    ),
    Framework(
        "flask",
        package="flask",
        serving="process",
        line_end="\n",
        fields="id event data",
        content_type=CHARSET,
        cache_control=None,
        advice=CACHEABLE,
        defects=(
            Defect("no-blank-line", item("ticks", "stream_is_well_formed"), {"partial-event"}),
            Defect("rounded", item("orders", PUBLISHED), {"payload-altered"}),
        ),
    ),
    Framework(
        "express",
        package="node",
        serving="process",
        line_end="\n",
        fields="id event data",
        content_type="text/event-stream",
        cache_control="no-cache",
        advice={item("orders", PUBLISHED): {"precision-lost"}},
        defects=(
            Defect(
                "event-name",
                item("ticks", EVENTS),
                {"undeclared-event"},
                advice={item("ticks", EVENTS): {"message-not-seen"}},
            ),
        ),
    ),
]
