package dev.latido.cli;

import picocli.CommandLine.IVersionProvider;

/** The version in the manifest of the jar; outside of a jar there is none. */
final class Version implements IVersionProvider {

    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"latido " + text()};
    }
}
