package dev.latido.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;

/** Jackson without the bounds that it sets by default: texts are bounded by those who take them in. */
final class Unbounded {

    /**
     * Reads whatever {@link JsonSyntax} takes, and writes however deep it is told to.
     */
    static final JsonFactory FACTORY = JsonFactories.sharingNothing()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .streamWriteConstraints(StreamWriteConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .build())
            .build();

    private Unbounded() {}
}
