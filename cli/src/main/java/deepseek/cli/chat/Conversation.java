package deepseek.cli.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import deepseek.cli.CliException;
import deepseek.files.AtomicFile;
import deepseek.text.chat.ChatMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What was said so far; saved as the JSON array of {@code role} and {@code content} that chat APIs
 * take.
 *
 * @param system what the model is told first
 * @param turns messages of user and assistant, in turn, the user's first
 */
record Conversation(Optional<String> system, List<ChatMessage> turns) {
  private static final String SYSTEM = "system";
  private static final String USER = "user";
  private static final String ASSISTANT = "assistant";
  private static final ObjectMapper JSON = new ObjectMapper();

  Conversation {
    turns = List.copyOf(turns);
  }

  static Conversation begin(Optional<String> system) {
    return new Conversation(system, List.of());
  }

  Conversation withSystem(String text) {
    return new Conversation(Optional.of(text), turns);
  }

  Conversation ask(String question) {
    return with(ChatMessage.user(question));
  }

  Conversation answered(String answer) {
    return with(ChatMessage.assistant(answer));
  }

  private Conversation with(ChatMessage message) {
    List<ChatMessage> longer = new ArrayList<>(turns);
    longer.add(message);
    return new Conversation(system, longer);
  }

  /** The last question, and this conversation as it was before it. */
  Optional<String> lastQuestion() {
    return turns.size() < 2 ? Optional.empty() : Optional.of(turns.get(turns.size() - 2).text());
  }

  Conversation beforeLastQuestion() {
    return new Conversation(system, turns.subList(0, turns.size() - 2));
  }

  /** As a chat template takes it. */
  List<ChatMessage> messages() {
    List<ChatMessage> all = new ArrayList<>();
    system.ifPresent(text -> all.add(ChatMessage.system(text)));
    all.addAll(turns);
    return all;
  }

  void save(Path file) {
    ArrayNode array = JSON.createArrayNode();
    for (ChatMessage message : messages()) {
      array.addObject().put("role", message.role()).put("content", message.text());
    }
    byte[] bytes = (array.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer rest = ByteBuffer.wrap(bytes);
          while (rest.hasRemaining()) {
            channel.write(rest);
          }
        });
  }

  static Conversation load(Path file) {
    try {
      return of(file, JSON.readTree(Files.readAllBytes(file)));
    } catch (JsonProcessingException e) {
      throw unreadable(file, "text that is no JSON", e);
    } catch (NoSuchFileException e) {
      throw unreadable(file, "nothing there", e);
    } catch (IOException e) {
      throw unreadable(file, e.toString(), e);
    }
  }

  private static Conversation of(Path file, JsonNode json) {
    Conversation read = begin(Optional.empty());
    for (JsonNode message : json) {
      String role = message.path("role").asText();
      String content = message.path("content").asText();
      String expected = read.turns.size() % 2 == 0 ? USER : ASSISTANT;
      if (role.equals(SYSTEM) && read.turns.isEmpty()) {
        read = read.withSystem(content);
      } else if (role.equals(expected)) {
        read = role.equals(USER) ? read.ask(content) : read.answered(content);
      } else {
        throw unreadable(file, "role '" + role + "' where " + expected + " is due", null);
      }
    }
    if (!json.isArray() || read.turns.size() % 2 == 1) {
      throw unreadable(file, "no array that ends with the assistant's answer", null);
    }
    return read;
  }

  private static CliException unreadable(
      Path file, String got, @org.jspecify.annotations.Nullable Exception cause) {
    return new CliException(
        "load the conversation " + file,
        "a JSON array of messages with role and content",
        got,
        "name a file that /save wrote",
        cause);
  }
}
