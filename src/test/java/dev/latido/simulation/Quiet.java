package dev.latido.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Keeps the service from logging what goes wrong in thousands of histories: it is meant to. */
final class Quiet implements BeforeAllCallback, AfterAllCallback {

    private static final Logger SERVICE = (Logger) LoggerFactory.getLogger("dev.latido");

    @Override
    public void beforeAll(ExtensionContext context) {
        SERVICE.setLevel(Level.OFF);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        SERVICE.setLevel(Level.WARN);
    }
}
