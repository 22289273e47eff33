package dev.latido.cluster;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** What an intruder has others deserialise: one object that acts when it is read, and one that keeps its reader busy for ever. */
final class Gadget implements Serializable {

    private static final long serialVersionUID = 1;

    /** So deep that nobody sees the end: each level doubles the work. */
    private static final int BOMB_DEPTH = 100;

    private final String file;

    /**
     * Makes one.
     *
     * @param file is created by whoever reads the object
     */
    Gadget(Path file) {
        this.file = file.toString();
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        Files.createFile(Path.of(file));
    }

    /** Returns a few hundred bytes of sets in sets. */
    static Set<Object> bomb() {
        Set<Object> root = new HashSet<>();
        Set<Object> left = root;
        Set<Object> right = new HashSet<>();
        for (int i = 0; i < BOMB_DEPTH; i++) {
            Set<Object> nextLeft = new HashSet<>();
            Set<Object> nextRight = new HashSet<>();
            nextLeft.add("not equal to the other");
            left.add(nextLeft);
            left.add(nextRight);
            right.add(nextLeft);
            right.add(nextRight);
            left = nextLeft;
            right = nextRight;
        }
        return root;
    }
}
