package dev.latido.cli;

import picocli.CommandLine.Command;

/** Does nothing without one of its commands, which picocli says. */
@Command(
        name = "config",
        description = "Works with configurations, without a service.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  latido config check conf/latido.yaml"})
final class ConfigCommand {}
