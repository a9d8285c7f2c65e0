package deepseek.hub;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.files.DataException;
import deepseek.files.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A model repository of the hub: found in the cache, or downloaded file by file. */
final class HubRepository {
  private static final int MAX_INDEX = 256 << 20;

  private final ModelSource.Hub source;
  private final HubOptions options;
  private final Progress progress;
  private final HubCache cache;

  HubRepository(ModelSource.Hub source, HubOptions options, Progress progress) {
    this.source = source;
    this.options = options;
    this.progress = progress;
    this.cache = new HubCache(options, source.id());
  }

  /** The snapshot, if it is completely cached. */
  Optional<ModelLocation> cached() {
    return cache
        .commit(source.revision())
        .filter(commit -> missing(commit).isEmpty())
        .map(this::at);
  }

  /**
   * The files missing from a cached snapshot. This is exact with a record of the commit's files;
   * without one (caches of older programs) weights and, if it could still be downloaded, a
   * tokenizer are required.
   */
  private List<String> missing(String commit) {
    List<String> present = cache.names(commit);
    if (present.isEmpty()) {
      return List.of("everything");
    }
    Optional<HubListing> listing = cache.listing(commit);
    List<String> needed = new ArrayList<>();
    try {
      HubSelection selection =
          HubSelection.of(source, listing.map(HubListing::names).orElse(present));
      needed.addAll(selection.companions());
      needed.addAll(selection.weights());
      if (selection.index().filter(index -> cache.has(commit, index)).isPresent()) {
        needed.addAll(shards(commit, selection.index().get()));
      }
      boolean mayLackTokenizer =
          listing.isPresent() || options.isOffline() || selection.single().isPresent();
      if (!mayLackTokenizer
          && present.stream()
              .map(name -> name.substring(name.lastIndexOf('/') + 1))
              .noneMatch(HubSelection::isTokenizer)) {
        needed.add("tokenizer.json");
      }
    } catch (DataException e) {
      return List.of("the weights");
    }
    return needed.stream().filter(name -> !cache.has(commit, name)).toList();
  }

  private ModelLocation at(String commit) {
    List<String> names = cache.listing(commit).map(HubListing::names).orElse(cache.names(commit));
    Path root =
        HubSelection.of(source, names)
            .single()
            .map(name -> cache.file(commit, name))
            .orElse(cache.snapshot(commit));
    return new ModelLocation(root, source, commit);
  }

  /** Resolves the revision at the hub and downloads missing files. */
  ModelLocation fetch() {
    if (options.isOffline()) {
      throw offline();
    }
    HubClient client = new HubClient(options, progress);
    HubListing listing = client.list(source);
    HubSelection selection = HubSelection.of(source, listing.names());
    cache.prepare();
    cache.putListing(listing);
    String commit = listing.commit();
    download(client, listing, selection.companions());
    if (selection.index().isPresent()) {
      download(client, listing, shards(commit, selection.index().get()));
    }
    download(client, listing, selection.weights());
    cache.putAbsent(
        commit,
        HubSelection.PROBED.stream().filter(name -> !listing.files().containsKey(name)).toList());
    // Last, so that an interrupted update leaves the older, complete snapshot in use.
    cache.putCommit(source.revision(), commit);
    return at(commit);
  }

  private void download(HubClient client, HubListing listing, List<String> names) {
    for (String name : names) {
      HubListing.Entry entry = listing.files().get(name);
      if (entry == null) {
        throw new DataException(
            "fetch " + source,
            "the shard " + name + " that the index names",
            "no such file in the repository",
            "use another revision: this one is incomplete");
      }
      if (cache.has(listing.commit(), name)) {
        continue;
      }
      HubClient.RemoteFile file = client.locate(source, listing.commit(), name, entry);
      Path blob = new HubDownload(client, cache, options, progress, source, file).fetch();
      try {
        cache.link(listing.commit(), name, blob);
      } catch (IOException e) {
        throw cache.unusable(e);
      }
    }
  }

  /** The files that a safetensors index names, each once. */
  private List<String> shards(String commit, String index) {
    String folder = index.substring(0, index.lastIndexOf('/') + 1);
    Path file = cache.file(commit, index);
    try {
      if (Files.size(file) > MAX_INDEX) {
        throw badIndex("at most " + MAX_INDEX + " bytes", Files.size(file) + " bytes");
      }
      JsonNode map =
          StrictJson.object("read " + source.id() + "/" + index, Files.readAllBytes(file))
              .path("weight_map");
      List<String> shards =
          map.propertyStream().map(e -> e.getValue().asText()).distinct().sorted().toList();
      for (String shard : shards) {
        if (!SafePath.isSafe(shard) || !shard.endsWith(".safetensors")) {
          throw badIndex("names of safetensors files", "'" + shard + "'");
        }
      }
      if (shards.isEmpty()) {
        throw badIndex("a weight_map", "none");
      }
      return shards.stream().map(folder::concat).toList();
    } catch (IOException e) {
      throw cache.unusable(e);
    }
  }

  private DataException badIndex(String expected, String got) {
    return new DataException(
        "read the index of " + source, expected, got, "use another revision or repository");
  }

  private DataException offline() {
    Optional<String> commit = cache.commit(source.revision());
    List<String> missing = commit.map(this::missing).orElse(List.of("everything"));
    String got =
        missing.size() == 1
            ? missing.getFirst() + " missing"
            : missing.getFirst() + " and " + (missing.size() - 1) + " more files missing";
    return new DataException(
        "open " + source + " offline",
        "all its files in " + options.hubCache(),
        got,
        "go online to fetch it (--offline, HF_HUB_OFFLINE)");
  }
}
