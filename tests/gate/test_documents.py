"""What the gate tells of a document: its findings as items, and the streams that need more."""

from __future__ import annotations

SHOP = """
asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0}
servers: {web: {host: shop.example.com, protocol: https}, bus: {host: b, protocol: kafka}}
channels:
  orders:
    address: /orders/{region}
    servers: [{$ref: '#/servers/web'}]
    messages:
      placed: {payload: {type: integer, minimum: 5, maximum: 3}}
      paid: {payload: {type: integer}, examples: [{payload: x}]}
  clicks:
    address: /clicks
    servers: [{$ref: '#/servers/web'}]
    messages:
      one: {payload: {type: object, properties: {a: {type: string}}}}
      two: {payload: {type: object, properties: {b: {type: string}}}}
  audit:
    servers: [{$ref: '#/servers/bus'}]
    adress: /audit
    messages: {m: {payload: {$ref: '#/components/schemas/Gone'}}}
"""
CHAT = """
asyncapi: 3.0.0
info: {title: Chat, version: 1.0.0}
channels:
  chat:
    address: /chat/{room}
    parameters: {room: {enum: [lobby, garden]}}
    bindings:
      http:
        method: POST
        query: {type: object, required: [lang], properties: {lang: {enum: [en, de]}, v: {const: 2}}}
        headers: {type: object, properties: {X-Tenant: {const: acme}}}
    x-sse: {sentinel: '[DONE]'}
    messages:
      ask:
        payload: {type: object, required: [prompt], properties: {prompt: {type: string}}}
        examples: [{payload: {prompt: good morning}}]
      token:
        payload: {type: object, required: [text], properties: {text: {type: string}}}
      raw:
        x-sse: {event: raw}
        payload: {schemaFormat: application/vnd.google.protobuf;version=3, schema: 'message P {}'}
operations:
  ask:
    action: receive
    channel: {$ref: '#/channels/chat'}
    messages: [{$ref: '#/channels/chat/messages/ask'}]
    reply: {channel: {$ref: '#/channels/chat'}}
"""
CHAT_SERVICE = """
import json
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

async def chat(request):
    body = await request.json()
    asked = (dict(request.query_params), request.path_params["room"], request.headers["x-tenant"])
    known = [({"lang": "en", "v": "2"}, "lobby", "acme"), ({"lang": "de", "v": "2"}, "garden", "acme")]
    if body != {"prompt": "good morning"} or asked not in known:
        return Response(f"{body} {asked}", 400)
    async def events():
        for word in body["prompt"].split():
            yield f"event: token\\ndata: {json.dumps({'text': word})}\\n\\n"
        yield "event: raw\\ndata: <not JSON>\\n\\n"
        yield "data: [DONE]\\n\\n"
    return StreamingResponse(events(), media_type="text/event-stream")

app = Starlette(routes=[Route("/chat/{room}", chat, methods=["POST"])])
"""


def test_findings_are_items_of_the_document(gate, pytester):
    pytester.path.joinpath("shop.yaml").write_text(SHOP)
    result = gate("-v", document="shop.yaml")
    result.stdout.fnmatch_lines(
        [
            "asyncapi: Shop (AsyncAPI 3.0.0, shop.yaml): orders, clicks",
            "asyncapi: left out: audit: its servers speak kafka, not http",
            "shop.yaml::describes_a_stream PASSED*",
            "shop.yaml::structure_is_right PASSED*",
            "shop.yaml::references_arrive PASSED*",
            "shop.yaml::parameters_are_declared PASSED*",
            "shop.yaml::schemas_can_be_satisfied FAILED*",
            "shop.yaml::examples_match_their_schemas PASSED*",
            "shop.yaml::messages_can_be_told_apart PASSED*",
            "unsatisfiable-schema: no payload satisfies this schema: no integer lies within the bounds",
            "  document:  shop.yaml:10:41 (#/channels/orders/messages/placed/payload/minimum)",
            "advice: dangling-ref: the $ref '#/components/schemas/Gone' names nothing in shop.yaml. *",
            "advice: example-mismatch: example 1 of message paid: payload: the payload is 'x', not an integer*",
            "advice: overlapping-messages: all * payloads of one that were tried are payloads of two too.*",
            "advice: undeclared-parameter: the address has {region}, which no parameter declares.*",
            "advice: unknown-key: unknown key 'adress' in a channel. Did you mean 'address'?*",
        ]
    )
    assert result.ret == 1


def test_a_channel_whose_schema_nothing_satisfies_leaves_the_others_alone(gate, pytester):
    pytester.path.joinpath("shop.yaml").write_text(SHOP)
    result = gate("-rs", document="shop.yaml")
    result.assert_outcomes(passed=11, skipped=5, failed=1)
    result.stdout.fnmatch_lines(["SKIPPED [[]5] shop.yaml:6: see schemas_can_be_satisfied"])


def test_a_selected_item_tells_of_an_unusable_schema_itself(gate, pytester):
    pytester.path.joinpath("shop.yaml").write_text(SHOP)
    result = gate("-k", "orders and client", document="shop.yaml")
    result.assert_outcomes(errors=1, deselected=16)
    result.stdout.fnmatch_lines(["unsatisfiable-schema: no payload satisfies this schema: *"])


def test_a_stream_that_a_post_opens(gate, pytester):
    pytester.path.joinpath("chat.yaml").write_text(CHAT)
    pytester.path.joinpath("chat.py").write_text(CHAT_SERVICE)
    result = gate("--asyncapi-app=chat:app", document="chat.yaml")
    result.assert_outcomes(passed=11, skipped=3)
    result.stdout.fnmatch_lines(
        [
            "server under test: chat:app: 4 passed*; 8 events",
            "advice: not-checked: *Protobuf payloads are not checked*",
        ]
    )


def test_the_command_that_sends_a_post_again(gate, pytester):
    pytester.path.joinpath("chat.yaml").write_text(CHAT)
    pytester.path.joinpath("chat.py").write_text(CHAT_SERVICE.replace("'text': word", "'text': 5"))
    result = gate("--asyncapi-app=chat:app", document="chat.yaml")
    result.stdout.fnmatch_lines(
        [
            "  asked for: room=lobby, lang=en; the same with room=garden, lang=de",
            "  serve:     python -m uvicorn chat:app --port 8000",
            "  reproduce: curl -N --max-time 10 -X POST -H 'Accept: text/event-stream'"
            " -H \"X-Tenant: $X_TENANT\" -H 'Content-Type: application/json'"
            """ --data-binary '{"prompt": "good morning"}'"""
            " 'http://127.0.0.1:8000/chat/lobby?v=2&lang=en'",
        ]
    )


def test_the_generated_pair_takes_a_post_too(gate, pytester):
    pytester.path.joinpath("chat.yaml").write_text(CHAT)
    gate(document="chat.yaml").assert_outcomes(passed=12)


def test_a_stream_of_which_nothing_is_checked_is_skipped_aloud(gate, pytester):
    text = CHAT.replace("payload: {type: object, required: [text], properties: {text: {type: string}}}",
                        "contentType: application/xml")  # fmt: skip
    pytester.path.joinpath("chat.yaml").write_text(text)
    result = gate("-rs", document="chat.yaml")
    result.assert_outcomes(passed=7, skipped=5)
    result.stdout.fnmatch_lines(
        ["SKIPPED [[]5] chat.yaml:5: not checkable: token: data of *; raw: *"]
    )


def test_a_parameter_that_no_stream_has_is_refused(gate, pytester):
    pytester.path.joinpath("chat.yaml").write_text(CHAT)
    result = gate("--asyncapi-parameter=rom=lobby", document="chat.yaml")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --asyncapi-parameter 'rom': *; did you mean 'room'? *"])
    gate("--asyncapi-parameter=chat.room=garden", document="chat.yaml").assert_outcomes(passed=12)


BODY = """
asyncapi: 3.0.0
info: {title: Questions, version: 1.0.0}
channels:
  a: {address: /a, bindings: {http: {method: POST}},
      messages: {q: {payload: {type: string, minLength: 5, maxLength: 2}}}}
  r: {address: null, messages: {m: {payload: {type: object}}}}
operations:
  ask: {action: receive, channel: {$ref: '#/channels/a'}, reply: {channel: {$ref: '#/channels/r'}}}
"""


def test_a_body_that_nothing_satisfies_fails(gate, pytester):
    pytester.path.joinpath("body.yaml").write_text(BODY)
    result = gate(document="body.yaml")
    result.assert_outcomes(passed=6, skipped=5, failed=1)
    result.stdout.fnmatch_lines(
        [
            "unsatisfiable-schema: no payload satisfies this schema: *",
            "nothing was tested but the document: see why its streams were skipped",
        ]
    )


QUERY = """
asyncapi: 2.6.0
info: {title: Search, version: 1.0.0}
channels:
  search/{where}?q={what}&page=1:
    parameters: {where: {schema: {type: string}}, what: {schema: {enum: [cats, dogs]}}}
    subscribe: {message: {payload: {type: object}}}
"""


def test_an_address_with_a_query_of_its_own(gate, pytester):
    pytester.path.joinpath("search.yaml").write_text(QUERY)
    pytester.makepyfile(
        """
        def test_the_query(sse_server, sse_client):
            given = {"where": "town", "what": "cats"}
            with sse_server("search/{where}?q={what}&page=1", parameters=given) as server:
                assert server.url.endswith("/search/town?q=cats&page=1")
                with sse_client(
                    "search/{where}?q={what}&page=1",
                    url=server.base_url,
                    parameters={"where": "town", "what": "dogs"},
                ):
                    connection = server.wait_for_client(within=5)
                    assert connection.parameters == {"where": "town", "what": "dogs"}
        """
    )
    gate(document="search.yaml").assert_outcomes(passed=13)
