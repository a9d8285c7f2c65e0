package deepseek.store.chat;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.store.StoreException;
import deepseek.store.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Finds the templates of a Hugging Face folder, by name. */
final class ChatTemplateFiles {
  private static final String SUFFIX = ".jinja";

  private ChatTemplateFiles() {}

  /** Files of their own win over what the configuration holds. */
  static Map<String, String> read(Path folder) {
    Map<String, String> sources = new LinkedHashMap<>();
    fromConfig(folder.resolve("tokenizer_config.json"), sources);
    fromConfig(folder.resolve("chat_template.json"), sources);
    for (Path file : templates(folder.resolve("additional_chat_templates"))) {
      String name = file.getFileName().toString();
      sources.put(name.substring(0, name.length() - SUFFIX.length()), text(file));
    }
    Path main = folder.resolve("chat_template" + SUFFIX);
    if (Files.exists(main)) {
      sources.put("default", text(main));
    }
    return sources;
  }

  private static void fromConfig(Path file, Map<String, String> sources) {
    if (!Files.exists(file)) {
      return;
    }
    JsonNode template;
    try {
      template = StrictJson.config("read " + file, Files.readAllBytes(file)).path("chat_template");
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    if (template.isTextual()) {
      sources.put("default", template.textValue());
    } else if (template.isArray()) {
      for (JsonNode entry : template) {
        sources.put(entry.path("name").asText("default"), entry.path("template").asText());
      }
    }
  }

  private static List<Path> templates(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static StoreException unreadable(Path file, IOException cause) {
    return new StoreException(
        "read the chat template",
        "a readable UTF-8 file " + file,
        cause.getClass().getSimpleName(),
        "download the file again",
        cause);
  }
}
