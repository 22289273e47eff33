package dev.latido.store.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk behind a page cache, as Linux has it: what a process reads is not what a power cut leaves. What is written goes to
 * the cache; a sync brings it to the disk; a sync that fails leaves it in the cache, where it counts as written and is never
 * written again. Names are the business of their directory, which has to be synced too. After a power cut there is what was
 * synced, and of the rest whatever had been written by chance: any sectors, any names.
 *
 * <p>It is as bad as a disk may be, and no worse: sectors are whole, and a directory whose sync failed is tried again.
 */
final class DiskModel {

    static final int SECTOR = 512;

    private final Random random;
    private final Path root;

    /** What the names stand for now. */
    private final Map<Path, Inode> names = new TreeMap<>();

    /** What the names stand for on the disk. */
    private final Map<Path, Inode> durableNames = new TreeMap<>();

    /** What is not on the disk yet, in order. */
    private final List<NameChange> pending = new ArrayList<>();

    /**
     * Makes an empty disk.
     *
     * @param root the directory that there was before; nothing outside is looked at
     * @param seed the same one makes the same accidents
     */
    DiskModel(Path root, long seed) {
        this.root = root;
        this.random = new Random(seed);
    }

    /** Changes what names stand for. */
    @FunctionalInterface
    private interface Change {
        void make(Map<Path, Inode> names);
    }

    /** A change of the names in one directory. */
    private record NameChange(Path directory, Change change) {}

    /** A file, or a directory, which has no bytes. */
    private static final class Inode {
        final boolean isDirectory;
        byte[] cached = new byte[0];
        byte[] durable = new byte[0];

        /** Sectors of the cache that the disk does not have yet, and will get. */
        final BitSet dirty = new BitSet();

        /** The shortest that it was since the latest sync; as long as it may be when it was not cut. */
        int cutTo = Integer.MAX_VALUE;

        Inode(boolean isDirectory) {
            this.isDirectory = isDirectory;
        }

        void write(int at, byte[] bytes) {
            if (at + bytes.length > cached.length) {
                cached = Arrays.copyOf(cached, at + bytes.length);
            }
            System.arraycopy(bytes, 0, cached, at, bytes.length);
            if (bytes.length > 0) {
                dirty.set(at / SECTOR, (at + bytes.length - 1) / SECTOR + 1);
            }
        }

        void resize(int size) {
            cutTo = Math.min(cutTo, size);
            cached = Arrays.copyOf(cached, size);
            dirty.clear((size + SECTOR - 1) / SECTOR, Math.max(dirty.length(), (size + SECTOR - 1) / SECTOR));
        }

        void sync() {
            durable = Arrays.copyOf(shortened(durable), cached.length);
            dirty.stream().forEach(sector -> copy(sector, durable));
            dirty.clear();
            cutTo = Integer.MAX_VALUE;
        }

        /** Some of it may have reached the disk; the rest never will unless it is written again. */
        void failToSync(Random random) {
            durable = withSome(durable, random.nextInt(4) == 0 ? random.nextDouble() : 0, random);
            dirty.clear();
        }

        /** Returns what a power cut leaves. */
        byte[] left(Random random) {
            boolean isCut = cutTo < Integer.MAX_VALUE && random.nextBoolean();
            if (cutTo < Integer.MAX_VALUE && !isCut) {
                return durable; // what was written after that had its place in the shortened file
            }
            double share = List.of(0.0, 0.1, 0.5, 0.9, 1.0).get(random.nextInt(5));
            byte[] left = withSome(shortened(durable), share, random);
            boolean isLong = left.length < cached.length && random.nextInt(4) == 0;
            return isLong ? Arrays.copyOf(left, cached.length) : left;
        }

        private byte[] shortened(byte[] bytes) {
            return bytes.length > cutTo ? Arrays.copyOf(bytes, cutTo) : bytes;
        }

        private byte[] withSome(byte[] bytes, double share, Random random) {
            int[] some =
                    dirty.stream().filter(sector -> random.nextDouble() < share).toArray();
            int end = some.length == 0 ? 0 : Math.min(cached.length, (some[some.length - 1] + 1) * SECTOR);
            byte[] all = Arrays.copyOf(bytes, Math.max(bytes.length, end));
            for (int sector : some) {
                copy(sector, all);
            }
            return all;
        }

        private void copy(int sector, byte[] to) {
            int from = sector * SECTOR;
            System.arraycopy(cached, from, to, from, Math.min(SECTOR, cached.length - from));
        }
    }

    /** Has {@code event} happen. */
    void take(DiskEvent event) {
        if (event instanceof DiskEvent.Opened opened) {
            if (!names.containsKey(opened.file())) {
                put(opened.file(), new Inode(false));
            }
        } else if (event instanceof DiskEvent.DirectoryMade made) {
            put(made.directory(), new Inode(true));
        } else if (event instanceof DiskEvent.Written written) {
            inode(written.file()).write(Math.toIntExact(written.at()), written.bytes());
        } else if (event instanceof DiskEvent.Resized resized) {
            inode(resized.file()).resize(Math.toIntExact(resized.size()));
        } else if (event instanceof DiskEvent.Removed removed) {
            change(removed.file(), all -> all.remove(removed.file()));
        } else if (event instanceof DiskEvent.Renamed renamed) {
            Inode inode = inode(renamed.from());
            change(renamed.from(), all -> {
                all.remove(renamed.from());
                all.put(renamed.to(), inode);
            });
        } else if (event instanceof DiskEvent.Synced synced) {
            sync(synced.path(), synced.isDone());
        }
    }

    private Inode inode(Path file) {
        Inode inode = names.get(file);
        if (inode == null) {
            throw new AssertionError("there is no " + file);
        }
        return inode;
    }

    private void put(Path path, Inode inode) {
        change(path, all -> all.put(path, inode));
    }

    private void change(Path path, Change change) {
        change.make(names);
        pending.add(new NameChange(Objects.requireNonNull(path.getParent()), change));
    }

    private void sync(Path path, boolean isDone) {
        Inode inode = names.get(path);
        if (inode != null && !inode.isDirectory) {
            if (isDone) {
                inode.sync();
            } else {
                inode.failToSync(random);
            }
        } else if (isDone) {
            pending.stream()
                    .filter(each -> each.directory.equals(path))
                    .forEach(each -> each.change.make(durableNames));
            pending.removeIf(each -> each.directory.equals(path));
        }
    }

    /** Returns the bytes that a process reads from {@code file}; null when it is not there. */
    byte @Nullable [] cached(Path file) {
        Inode inode = names.get(file);
        return inode == null ? null : inode.cached;
    }

    /** Returns the files that a process sees. */
    List<Path> files() {
        return names.entrySet().stream()
                .filter(entry -> !entry.getValue().isDirectory)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns the files that a power cut would leave now; null stands for a directory. */
    Map<Path, byte @Nullable []> cut(long seed) {
        Random chance = new Random(seed);
        Map<Path, Inode> left = new TreeMap<>(durableNames);
        boolean inOrder = chance.nextBoolean();
        int count = chance.nextInt(pending.size() + 1);
        for (int i = 0; i < pending.size(); i++) {
            if (inOrder ? i < count : chance.nextBoolean()) {
                pending.get(i).change.make(left);
            }
        }
        Map<Path, byte @Nullable []> files = new TreeMap<>();
        for (Map.Entry<Path, Inode> entry : left.entrySet()) { // those above come first
            Path parent = entry.getKey().getParent();
            if (root.equals(parent) || files.containsKey(parent)) { // else its directory is lost, and it with that
                files.put(
                        entry.getKey(),
                        entry.getValue().isDirectory ? null : entry.getValue().left(chance));
            }
        }
        return files;
    }

    /** Puts what a power cut would leave now below {@code target}, which takes the place of the root. */
    void cut(Path target, long seed) throws IOException {
        Files.createDirectories(target);
        for (Map.Entry<Path, byte @Nullable []> entry : cut(seed).entrySet()) {
            Path place = target.resolve(root.relativize(entry.getKey()));
            byte @Nullable [] bytes = entry.getValue();
            if (bytes == null) {
                Files.createDirectory(place);
            } else {
                Files.write(place, bytes);
            }
        }
    }
}
