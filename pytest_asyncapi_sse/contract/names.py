"""The names of what an item tells the report, as pytest user properties."""

ADVICE = "asyncapi_advice"
EVENTS = "asyncapi_events"
PEER = "asyncapi_peer"
SIDE = "asyncapi_side"
