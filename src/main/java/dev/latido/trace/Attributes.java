package dev.latido.trace;

import io.opentelemetry.api.common.AttributeKey;

/**
 * The attributes of spans.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/">Semantic conventions for messaging
 *     spans</a>
 */
final class Attributes {

    static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    static final AttributeKey<String> OPERATION_NAME = AttributeKey.stringKey("messaging.operation.name");
    static final AttributeKey<String> OPERATION_TYPE = AttributeKey.stringKey("messaging.operation.type");
    static final AttributeKey<String> MESSAGE_ID = AttributeKey.stringKey("messaging.message.id");
    static final AttributeKey<Long> MESSAGE_COUNT = AttributeKey.longKey("messaging.batch.message_count");
    static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

    /** How many pieces of work of a submission were not refused. */
    static final AttributeKey<Long> ACCEPTED = AttributeKey.longKey("latido.accepted");

    /** Which attempt it is, from 1. */
    static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("latido.attempt");

    /** The messaging system that this is. */
    static final String LATIDO = "latido";

    private Attributes() {}
}
