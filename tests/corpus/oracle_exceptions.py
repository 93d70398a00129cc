"""Documents that read otherwise than the oracle reads them, each with the reason.

Both tables only shrink: a test fails for an entry that no longer holds.
"""

from __future__ import annotations

# The reader refuses the document, or gives no schema, until it can do more.
POST = "streams opened by POST are not supported yet"
OUTSIDE = "it refers to files outside its folder tree"
FORMATS = "OpenAPI, Avro and Protobuf payloads are not supported yet"
CONTENT_TYPE = "data of this content type is not supported yet"
UNKNOWN_FORMAT = "the schema format is unknown, so nothing could judge its payloads"
REMOTE = "it refers to a remote document"

# The reader does as the specification says.
NO_REFERENCE = "the operation's channel is written out, where 3.0 wants a reference"
OTHER_BASE = "the oracle reads `#` in another file as the document, not as that file"
DATA = "the $ref stands in a keyword that no schema language knows, so it is data"
UNREAD = "the oracle finds no message behind a channel that is a reference itself"
COMPONENTS = "the oracle counts components, which are the document's only where they are used"

DIFFERENCES = {
    "handmade/p01-v26-subscribe-named-post.yaml": POST,
    "handmade/p13-v30-traits-refs.yaml": POST,
    "repos/aklivity+zilla-examples/asyncapi.http.kafka.proxy/http-asyncapi.yaml": POST,
    "repos/api-evangelist+cohere/asyncapi/cohere-asyncapi.yml": POST,
    "repos/api-evangelist+perplexity/asyncapi/perplexity-asyncapi.yml": POST,
    "repos/api-evangelist+replicate/asyncapi/replicate-asyncapi.yml": POST,
    "spec-examples-history/v2.6.0/examples/operation-security.yml": POST,
    "spec-examples-history/v3.0.0/examples/gitter-streaming-asyncapi.yml": POST,
    "spec-examples-history/v3.0.0/examples/operation-security-asyncapi.yml": POST,
    "repos/Sokol111+ecommerce-product-service-api/asyncapi/asyncapi.yaml": OUTSIDE,
    "repos/myndhyve+wop/api/asyncapi.yaml": OUTSIDE,
    "repos/phalanxduel+phalanxduel/docs/api/asyncapi.yaml": OUTSIDE,
    "spec-examples-history/v2.6.0/examples/social-media/backend/asyncapi.yaml": OUTSIDE,
    "spec-examples-history/v2.6.0/examples/social-media/comments-service/asyncapi.yaml": OUTSIDE,
    "spec-examples-history/v2.6.0/examples/social-media/frontend/asyncapi.yaml": OUTSIDE,
    "spec-examples-history/v2.6.0/examples/social-media/notification-service/asyncapi.yaml": OUTSIDE,
    "spec-examples-history/v2.6.0/examples/social-media/public-api/asyncapi.yaml": OUTSIDE,
    "spec-examples-history/v3.0.0/examples/social-media/backend/asyncapi.yaml": OUTSIDE,
    "spec-examples-history/v3.0.0/examples/social-media/comments-service/asyncapi.yaml": OUTSIDE,
    "spec-examples-history/v3.0.0/examples/social-media/frontend/asyncapi.yaml": OUTSIDE,
    "spec-examples-history/v3.0.0/examples/social-media/notification-service/asyncapi.yaml": OUTSIDE,
    "spec-examples-history/v3.0.0/examples/social-media/public-api/asyncapi.yaml": OUTSIDE,
    "handmade/p15b-v30-multiformat-nobool.yaml": FORMATS,
    "parser-js-inputs/custom-operations_parse-schema-v3-0379.json": FORMATS,
    "parser-js-inputs/custom-operations_parse-schema-v2-0339.json": UNKNOWN_FORMAT,
    "parser-js-inputs/custom-operations_parse-schema-v3-0328.json": UNKNOWN_FORMAT,
    "parser-js-inputs/custom-operations_parse-schema-v3-0340.json": UNKNOWN_FORMAT,
    "repos/Fruugu+AsyncAPI-for-IoT-Devices/asyncapi.yaml": CONTENT_TYPE,
    "repos/api-evangelist+recurly/asyncapi.yml": CONTENT_TYPE,
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

INFO = "a missing info is not found yet"
STRUCTURE = "fields that are missing, unknown or of the wrong type are not found yet"
EXAMPLES = "examples are not judged against their schemas yet"
UNUSED = "it stands in a component that nothing uses, which is not read"
SKIPPED = "the channel is no stream, and findings about those are left out"

# What the oracle refuses and the reader accepts without a word.
NOT_FOUND_YET = {
    "parser-js-inputs/custom-operations_apply-unique-ids-0291.json": INFO,
    "parser-js-inputs/custom-operations_apply-unique-ids-0325.json": INFO,
    "parser-js-inputs/custom-operations_apply-unique-ids-0361.json": INFO,
    "parser-js-inputs/custom-operations_apply-unique-ids-0377.json": INFO,
    "parser-js-inputs/custom-operations_apply-unique-ids-0392.json": INFO,
    "parser-js-inputs/custom-operations_apply-unique-ids-0408.json": INFO,
    "parser-js-inputs/old-api_converter-0358.json": INFO,
    "parser-js-inputs/ruleset_rules_asyncapi-unused-component-0103.json": INFO,
    "parser-js-inputs/ruleset_rules_asyncapi-unused-component-0105.json": INFO,
    "parser-js-inputs/ruleset_rules_asyncapi-unused-component-0108.json": INFO,
    "parser-js-inputs/ruleset_rules_asyncapi-unused-component-0109.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-channel-no-trailing-slash-0115.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-channel-no-trailing-slash-0116.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-channel-parameters-0117.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-channel-parameters-0118.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-channel-parameters-0120.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-examples-0134.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-examples-0135.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-0161.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-0162.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-0165.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-0166.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-uniqueness-0149.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-uniqueness-0152.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-uniqueness-0153.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-uniqueness-0154.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-uniqueness-0155.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-uniqueness-0156.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-message-messageId-uniqueness-0157.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-operation-operationId-0176.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-operation-operationId-0178.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-operation-operationId-0179.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-operation-operationId-uniqueness-0167.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-operation-security-0182.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-operation-security-0187.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-schema-default-0189.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-schema-default-0190.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-schema-default-0191.json": INFO,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-tags-uniqueness-0230.json": INFO,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-channel-no-query-nor-fragment-0241.json": INFO,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-channel-no-query-nor-fragment-0242.json": INFO,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-channel-parameters-0245.json": INFO,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-channel-parameters-0247.json": INFO,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-channel-parameters-0249.json": INFO,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-channel-parameters-0251.json": INFO,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-channel-parameters-0252.json": INFO,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-channel-parameters-0253.json": INFO,
    "handmade/p19-v31-sse-binding-key-invalid.yaml": STRUCTURE,
    "parser-js-inputs/ruleset_rules_asyncapi-document-unresolved-0080.json": STRUCTURE,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-schemas-0204.json": STRUCTURE,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-schemas-0205.json": STRUCTURE,
    "parser-js-inputs/ruleset_rules_v2_asyncapi2-schemas-0207.json": STRUCTURE,
    "parser-js-inputs/schema-parser_spectral-rule-v2-0348.json": STRUCTURE,
    "parser-js-inputs/schema-parser_spectral-rule-v2-0368.json": STRUCTURE,
    "repos/DEFRA+ffc-ahwr-application/docs/asyncapi.yaml": STRUCTURE,
    "repos/OpenCore-Hub+vLogBin/docs/asyncapi.yaml": STRUCTURE,
    "repos/api-evangelist+openai/asyncapi/openai-realtime-asyncapi.yml": STRUCTURE,
    "repos/ballerina-platform+asyncapi-triggers/asyncapi/asgardeo/asyncapi.yml": STRUCTURE,
    "repos/ballerina-platform+asyncapi-triggers/asyncapi/github/asyncapi.yml": STRUCTURE,
    "repos/ballerina-platform+asyncapi-triggers/asyncapi/shopify/asyncapi.yml": STRUCTURE,
    "repos/ballerina-platform+asyncapi-triggers/asyncapi/slack/asyncapi.yml": STRUCTURE,
    "spec-examples-history/v3.0.0/examples/adeo-kafka-request-reply-asyncapi.yml": STRUCTURE,
    "repos/APIs-guru+asyncapi-directory/docs/APIs/zora+ZBOS@v2.4.2.yaml": EXAMPLES,
    "repos/AssemblyAI+assemblyai-api-spec/asyncapi.json": EXAMPLES,
    "repos/AssemblyAI+assemblyai-api-spec/asyncapi.yml": EXAMPLES,
    "parser-js-inputs/old-api_asyncapi-0451.yaml": UNUSED,
    "parser-js-inputs/parse-0447.yaml": UNUSED,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-operation-messages-from-referred-channel-0265.json": UNUSED,
    "parser-js-inputs/ruleset_rules_v3_asyncapi3-operation-messages-from-referred-channel-0266.json": UNUSED,
    "repos/AssemblyAI+assemblyai-api-spec/usm-streaming-u3-pro.yml": SKIPPED,
    "repos/AssemblyAI+assemblyai-api-spec/usm-streaming.yml": SKIPPED,
    "repos/dennis-brinley+asyncapi-samples/asyncapi/acme-retail-customer-mobile.json": SKIPPED,
    "repos/dennis-brinley+asyncapi-samples/asyncapi/asyncapi.yaml": SKIPPED,
}
