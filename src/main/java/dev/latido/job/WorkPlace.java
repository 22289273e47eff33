package dev.latido.job;

/** Where a worker does its work. */
public enum WorkPlace {

    /** In this process, which it can end: by a crash of native code, by using up the memory, by {@code System.exit}. */
    INSIDE,

    /** Elsewhere, called from here: it cannot end this process, but it can be out of reach. */
    OUTSIDE
}
