"""Documents that read otherwise than the oracle reads them, each with the reason.

Both tables only shrink: a test fails for an entry that no longer holds.
"""

from __future__ import annotations

# Nothing could judge such payloads, so the reader gives no schema and says so.
PROTOBUF = "its Protobuf payload is not checked"
UNKNOWN_FORMAT = "the schema format is unknown, so nothing could judge its payloads"

# The reader says the same in other words.
AVRO = "its Avro unions become the same branches in another order"
CONTENT_TYPE = "of several content types in one text the JSON one is taken"
ABSOLUTE = "of an address that is a full URL the host is left out, with a finding"

# The reader is safe by default.
REMOTE = "it refers to a remote document"

# The reader does as the specification says.
NO_REFERENCE = "the operation's channel is written out, where 3.0 wants a reference"
OTHER_BASE = "the oracle reads `#` in another file as the document, not as that file"
DATA = "the $ref stands in a keyword that no schema language knows, so it is data"
UNREAD = "the oracle finds no message behind a channel that is a reference itself"
COMPONENTS = "the oracle counts components, which are the document's only where they are used"

DIFFERENCES = {
    "repos/Sokol111+ecommerce-product-service-api/asyncapi/asyncapi.yaml": AVRO,
    "handmade/p15b-v30-multiformat-nobool.yaml": PROTOBUF,
    "parser-js-inputs/custom-operations_parse-schema-v2-0339.json": UNKNOWN_FORMAT,
    "parser-js-inputs/custom-operations_parse-schema-v3-0328.json": UNKNOWN_FORMAT,
    "parser-js-inputs/custom-operations_parse-schema-v3-0340.json": UNKNOWN_FORMAT,
    "repos/Fruugu+AsyncAPI-for-IoT-Devices/asyncapi.yaml": CONTENT_TYPE,
    "spec-examples-history/v2.6.0/examples/mercure.yml": ABSOLUTE,
    "spec-examples-history/v3.0.0/examples/mercure-asyncapi.yml": ABSOLUTE,
    "parser-js-inputs/resolver-0332.json": REMOTE,
    "parser-js-inputs/ruleset_rules_asyncapi-document-resolved-0076.json": NO_REFERENCE,
    "handmade/p08-v31-receive-client-view.yaml": OTHER_BASE,
    "parser-js-inputs/custom-operations_check-circular-refs-0005.json": DATA,
    "parser-js-inputs/custom-operations_parse-schema-v3-0007.json": UNREAD,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-operation-messages-from-referred-channel-0263.json": COMPONENTS,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-required-channel-servers-unambiguity-0269.json": COMPONENTS,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-required-channel-servers-unambiguity-0270.json": COMPONENTS,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-required-operation-channel-unambiguity-0276.json": COMPONENTS,
}

UNUSED = "its fault stands among the components, in something that nothing uses"
UNNAMED = "the oracle refuses two dereferenced messages without naming a fault of theirs"

# What the oracle refuses and the reader accepts without a word.
NOT_FOUND = {
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-schemas-0205.json": UNUSED,
    "repos/api-evangelist+anthropic/asyncapi/anthropic-asyncapi.yml": UNNAMED,
}
