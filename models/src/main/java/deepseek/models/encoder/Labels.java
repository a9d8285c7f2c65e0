package deepseek.models.encoder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The labels that a config.json names, as transformers reads them. */
final class Labels {
  private static final String FIELD = "id2label";

  /** Configs of two labels with these names leave them out. */
  private static final int USUAL = 2;

  private Labels() {}

  /** Names in the order of the logits. */
  static List<String> read(ConfigJson config) {
    Optional<ConfigJson> named = config.object(FIELD);
    if (named.isEmpty()) {
      int count = config.sizeOr("num_labels", USUAL);
      return IntStream.range(0, count).mapToObj(i -> "LABEL_" + i).toList();
    }
    ObjectNode fields = named.get().json();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      String id = Integer.toString(i);
      if (!fields.hasNonNull(id)) {
        throw config.wrong(
            FIELD,
            "a name for each number from 0 to " + (fields.size() - 1),
            "none for " + id,
            "fix the file or download it again");
      }
      names.add(named.get().text(id));
    }
    if (names.isEmpty()) {
      throw config.wrong(FIELD, "one label or more", "none", "fix the file or download it again");
    }
    return List.copyOf(names);
  }
}
