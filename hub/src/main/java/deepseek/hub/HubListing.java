package deepseek.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.files.StrictJson;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The files of one commit of a hub repository. */
record HubListing(String commit, Map<String, Entry> files) {
  static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final int FORMAT = 1;

  HubListing {
    if (!COMMIT.matcher(commit).matches()) {
      throw new DataException(
          "read the hub's answer",
          "a commit of 40 hex digits",
          "'" + commit + "'",
          "check that HF_ENDPOINT is a hub");
    }
    files = Map.copyOf(files);
  }

  /**
   * A file in a listing.
   *
   * @param size in bytes, -1 if unknown
   * @param blobId git's hash, empty if unknown
   * @param sha256 of the content, for large files
   */
  record Entry(long size, String blobId, Optional<String> sha256) {
    Entry {
      sha256.ifPresent(
          hash -> {
            if (!StatedHash.SHA256.matcher(hash).matches()) {
              throw new DataException(
                  "read the hub's list of files",
                  "a SHA-256 of 64 hex digits",
                  "'" + hash + "'",
                  "check that HF_ENDPOINT is a hub");
            }
          });
    }

    /**
     * The hash to check the content with; git's hash of a large file is that of its LFS pointer.
     */
    Optional<StatedHash> stated() {
      return sha256.map(StatedHash::sha256).or(() -> StatedHash.ofBlobId(blobId));
    }
  }

  List<String> names() {
    return files.keySet().stream().sorted().toList();
  }

  /** Reads {@code /api/models/ID/revision/REVISION}. */
  static HubListing fromApi(JsonNode model) {
    Map<String, Entry> files = new TreeMap<>();
    for (JsonNode file : model.path("siblings")) {
      String name = file.path("rfilename").asText();
      if (SafePath.isSafe(name)) {
        JsonNode large = file.path("lfs");
        files.put(
            name,
            new Entry(
                file.path("size").asLong(-1),
                file.path("blobId").asText(""),
                large.isObject() ? Optional.of(large.path("sha256").asText()) : Optional.empty()));
      }
    }
    return new HubListing(model.path("sha").asText(), files);
  }

  /** True when every file's size and hash are known, as huggingface_hub's own record needs. */
  boolean isDetailed() {
    return files.values().stream().allMatch(file -> file.size() >= 0 && !file.blobId().isEmpty());
  }

  /** huggingface_hub's record of a commit: {@code trees/COMMIT.json}. */
  ObjectNode toTree() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("format_version", FORMAT);
    ObjectNode entries = root.putObject("files");
    for (String name : names()) {
      Entry file = files.getOrDefault(name, new Entry(-1, "", Optional.empty()));
      ObjectNode entry = entries.putObject(name);
      entry.put("size", file.size()).put("blob_id", file.blobId());
      file.sha256().ifPresent(hash -> entry.put("lfs_sha256", hash).put("lfs_size", file.size()));
    }
    return root;
  }

  /** Parses such a record; empty if it has another format. */
  static Optional<HubListing> fromTree(String commit, byte[] json) {
    ObjectNode root = StrictJson.object("read the hub cache's record of " + commit, json);
    if (root.path("format_version").asInt() != FORMAT) {
      return Optional.empty();
    }
    Map<String, Entry> files = new TreeMap<>();
    root.path("files")
        .properties()
        .forEach(
            file -> {
              JsonNode hash = file.getValue().path("lfs_sha256");
              files.put(
                  file.getKey(),
                  new Entry(
                      file.getValue().path("size").asLong(-1),
                      file.getValue().path("blob_id").asText(""),
                      hash.isTextual() ? Optional.of(hash.asText()) : Optional.empty()));
            });
    return Optional.of(new HubListing(commit, files));
  }
}
