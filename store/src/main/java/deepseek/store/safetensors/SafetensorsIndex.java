package deepseek.store.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.files.StrictJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Maps each tensor to its shard: {@code {"metadata": {"total_size": 8}, "weight_map": {"w":
 * "model-00001-of-00002.safetensors"}}}.
 */
record SafetensorsIndex(Map<String, String> shardOf) {
  static final String SUFFIX = ".index.json";

  static SafetensorsIndex parse(String fileName, byte[] json) {
    String operation = "open " + fileName;
    ObjectNode root = StrictJson.object(operation, json);
    JsonNode map = root.path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw bad(
          operation, "a weight_map with tensor names", map.isObject() ? "an empty one" : "none");
    }
    Map<String, String> shardOf = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : map.properties()) {
      String shard = field.getValue().asText();
      // A plain name, since a path could escape from the model's folder.
      if (!field.getValue().isTextual() || !shard.matches("[A-Za-z0-9][\\w.=-]{0,254}")) {
        throw bad(operation, "a shard's file name for '" + field.getKey() + "'", "'" + shard + "'");
      }
      shardOf.put(field.getKey(), shard);
    }
    return new SafetensorsIndex(Collections.unmodifiableMap(shardOf));
  }

  /** The shards sorted by name, which is the order of the model's layers. */
  List<String> shards() {
    return new ArrayList<>(new TreeSet<>(shardOf.values()));
  }

  private static DataException bad(String operation, String expected, String got) {
    return new DataException(
        operation, expected, got, "the file is damaged: fetch or export it again");
  }
}
