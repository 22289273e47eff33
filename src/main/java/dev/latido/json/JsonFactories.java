package dev.latido.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;

/** Begins every factory of JSON parsers that this service has. */
public final class JsonFactories {

    private JsonFactories() {}

    /**
     * Returns the beginning of a factory whose parsers share nothing. By default all parsers of a factory share a table of
     * the names of fields; who sends some hundred names whose hashes collide then has others' harmless JSON refused
     * (<a href="https://github.com/FasterXML/jackson-core/issues/547">jackson-core 547</a>).
     */
    public static JsonFactoryBuilder sharingNothing() {
        return (JsonFactoryBuilder) JsonFactory.builder()
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES);
    }
}
