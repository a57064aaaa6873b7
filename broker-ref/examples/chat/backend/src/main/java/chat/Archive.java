package chat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** What was said in each room, in a file of one JSON object a line. A message is there once, however often it comes. */
@Component
class Archive {
    private final Path folder;
    private final JsonMapper json;
    private final Map<String, Room> rooms = new ConcurrentHashMap<>();

    Archive(ChatSettings settings, JsonMapper json) throws IOException {
        this.folder = Files.createDirectories(settings.folder().resolve("rooms"));
        this.json = json;
    }

    /** Keeps a message. It is on the disk when this returns. */
    void keep(String room, Said said) {
        room(room).keep(said);
    }

    /** The newest messages, the oldest of them first. */
    List<Said> newest(String room, int count) {
        List<Said> all = room(room).all();
        return all.subList(Math.max(0, all.size() - count), all.size());
    }

    List<Said> all(String room) {
        return room(room).all();
    }

    private Room room(String name) {
        return rooms.computeIfAbsent(name, key -> new Room(folder.resolve(key + ".jsonl")));
    }

    private final class Room {
        private final Map<String, Said> messages = new LinkedHashMap<>();
        private final FileChannel file;

        Room(Path path) {
            try {
                file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                file.truncate(load(Files.readString(path)));
                file.position(file.size());
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }

        /** The length of the whole lines, in bytes: the last is cut off if the process ended while it was written. */
        private long load(String text) {
            String whole = text.substring(0, text.lastIndexOf('\n') + 1);
            whole.lines().forEach(line -> {
                try {
                    Said said = json.readValue(line, Said.class);
                    messages.put(said.id(), said);
                } catch (JacksonException error) {
                    throw new IllegalStateException("the archive has a line that is no message: " + line, error);
                }
            });
            return whole.getBytes(StandardCharsets.UTF_8).length;
        }

        synchronized void keep(Said said) {
            if (messages.containsKey(said.id())) return;
            ByteBuffer line = StandardCharsets.UTF_8.encode(json.writeValueAsString(said) + "\n");
            try {
                while (line.hasRemaining()) file.write(line);
                file.force(false);
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
            messages.put(said.id(), said);
        }

        synchronized List<Said> all() {
            return List.copyOf(messages.values());
        }
    }
}
