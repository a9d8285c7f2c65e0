package deepseek.text.chat;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.files.DataException;
import deepseek.files.LfsPointer;
import deepseek.files.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Finds the templates of a Hugging Face folder, by name. */
final class ChatTemplateFiles {
  private static final String SUFFIX = ".jinja";
  private static final String DEFAULT = "default";

  private ChatTemplateFiles() {}

  /**
   * Follows transformers: template files take precedence over {@code tokenizer_config.json}; the
   * file of older processors is the fallback if there is neither.
   */
  static Map<String, String> read(Path folder) {
    Map<String, String> sources = ofTheirOwn(folder);
    for (String name : List.of("tokenizer_config.json", "chat_template.json")) {
      if (sources.isEmpty()) {
        sources = fromConfig(folder.resolve(name));
      }
    }
    return sources;
  }

  private static Map<String, String> ofTheirOwn(Path folder) {
    Map<String, String> sources = new LinkedHashMap<>();
    Path main = folder.resolve("chat_template" + SUFFIX);
    if (Files.exists(main)) {
      sources.put(DEFAULT, text(main));
    }
    for (Path file : templates(folder.resolve("additional_chat_templates"))) {
      String name = file.getFileName().toString();
      sources.put(name.substring(0, name.length() - SUFFIX.length()), text(file));
    }
    return sources;
  }

  /** One template, an object of templates by name, or a list of objects with name and template. */
  private static Map<String, String> fromConfig(Path file) {
    Map<String, String> sources = new LinkedHashMap<>();
    if (!Files.exists(file)) {
      return sources;
    }
    JsonNode template;
    try {
      template = StrictJson.config("read " + file, Files.readAllBytes(file)).path("chat_template");
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    switch (template.getNodeType()) {
      case MISSING, NULL -> {
        // None: not every model is a chat model.
      }
      case STRING -> sources.put(DEFAULT, template.textValue());
      case OBJECT ->
          template.properties().forEach(e -> sources.put(e.getKey(), text(file, e.getValue())));
      case ARRAY -> {
        for (JsonNode entry : template) {
          sources.put(text(file, entry.path("name")), text(file, entry.path("template")));
        }
      }
      case BINARY, BOOLEAN, NUMBER, POJO -> throw noTemplate(file, template);
    }
    return sources;
  }

  private static String text(Path file, JsonNode value) {
    if (!value.isTextual()) {
      throw noTemplate(file, value);
    }
    return value.textValue();
  }

  private static DataException noTemplate(Path file, JsonNode got) {
    String kind = got.getNodeType().toString().toLowerCase(Locale.ROOT);
    return new DataException(
        "read " + file,
        "a chat_template that is a text, an object of texts, or a list of {name, template}",
        "a value that is " + kind + " there",
        "fix the file, or put the template into chat_template" + SUFFIX);
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
      String text = Files.readString(file);
      LfsPointer.refuse("read " + file, text);
      return text;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static DataException unreadable(Path file, IOException cause) {
    return new DataException(
        "read the chat template",
        "a readable UTF-8 file " + file,
        cause.getClass().getSimpleName(),
        "download the file again",
        cause);
  }
}
