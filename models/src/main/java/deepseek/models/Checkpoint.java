package deepseek.models;

import deepseek.files.DataException;
import deepseek.files.StrictJson;
import deepseek.models.gguf.GgufCheckpoint;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufMetadata;
import deepseek.store.onnx.OnnxEncoder;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import deepseek.text.chat.ChatTemplate;
import deepseek.text.tokenizer.Letters;
import deepseek.text.tokenizer.SpecialTokens;
import deepseek.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A model on disk, whatever its format: its config, its weights under Hugging Face names, its
 * tokenizer. Nothing but headers is read here.
 */
public final class Checkpoint implements AutoCloseable {
  private static final String CONFIG = "config.json";
  private static final String ONNX = ".onnx";
  private static final String SAFETENSORS = ".safetensors";

  /** Where repositories of the hub that have several formats keep this one. */
  private static final String ONNX_FOLDER = "onnx";

  private final Path root;
  private final ConfigJson config;
  private final Weights weights;
  private final TextFiles text;
  private final List<Path> files;
  private final Optional<ConfigJson> pooling;

  private Checkpoint(
      Path root, ConfigJson config, Weights weights, TextFiles text, List<Path> files) {
    this(root, config, weights, text, files, Optional.empty());
  }

  private Checkpoint(
      Path root,
      ConfigJson config,
      Weights weights,
      TextFiles text,
      List<Path> files,
      Optional<ConfigJson> pooling) {
    this.files = List.copyOf(files);
    this.root = root;
    this.config = config;
    this.weights = weights;
    this.text = text;
    this.pooling = pooling;
  }

  /** What a checkpoint says about text; opened only when text is wanted. */
  private interface TextFiles {
    Tokenizer tokenizer(Letters letters);

    Optional<ChatTemplate> chatTemplate(SpecialTokens specialTokens);
  }

  private record FolderTextFiles(Path folder) implements TextFiles {
    @Override
    public Tokenizer tokenizer(Letters letters) {
      return Tokenizer.open(folder, letters);
    }

    @Override
    public Optional<ChatTemplate> chatTemplate(SpecialTokens specialTokens) {
      return ChatTemplate.open(folder, specialTokens);
    }
  }

  private record GgufTextFiles(GgufMetadata metadata) implements TextFiles {
    @Override
    public Tokenizer tokenizer(Letters letters) {
      return Tokenizer.ofGguf(metadata); // the file says itself what its letters are
    }

    @Override
    public Optional<ChatTemplate> chatTemplate(SpecialTokens specialTokens) {
      return ChatTemplate.ofGguf(metadata, specialTokens);
    }
  }

  /**
   * Opens a model folder, or one GGUF, ONNX or safetensors file, this with its config next to it.
   *
   * @throws deepseek.DeepseekException when files are missing, broken or contradict each other
   */
  public static Checkpoint open(Path root) {
    if (root.toString().endsWith(".gguf")) {
      return ofGguf(root);
    }
    if (root.toString().endsWith(ONNX)) {
      return ofOnnx(root, folderOf(root));
    }
    if (root.toString().endsWith(SAFETENSORS)) {
      return ofSafetensors(root, folderOf(root));
    }
    if (Files.isRegularFile(root.resolve(CONFIG))) {
      return ofFolder(root);
    }
    List<Path> ggufs = ggufsIn(root);
    if (ggufs.size() == 1) {
      return ofGguf(ggufs.getFirst());
    }
    throw new ModelException(
        "open " + root,
        "a folder with config.json, or one .gguf, .onnx or .safetensors file",
        ggufs.isEmpty() ? "neither" : ggufs.size() + " .gguf files",
        ggufs.isEmpty() ? "check the path" : "name one of them");
  }

  /**
   * The config alone of what {@link #open} opens; a folder's needs no weights.
   *
   * @throws deepseek.DeepseekException when there is none, or it is broken
   */
  public static ConfigJson configOf(Path root) {
    Path file = root.resolve(CONFIG);
    if (Files.isRegularFile(file)) {
      return readConfig(file);
    }
    try (Checkpoint checkpoint = open(root)) {
      return checkpoint.config();
    }
  }

  private static Checkpoint ofFolder(Path folder) {
    Optional<Path> onnx =
        Stream.of("model" + ONNX, ONNX_FOLDER + "/model" + ONNX)
            .map(folder::resolve)
            .filter(Files::isRegularFile)
            .findFirst();
    if (!SafetensorsCheckpoint.isIn(folder) && onnx.isPresent()) {
      return ofOnnx(onnx.get(), folder);
    }
    return ofSafetensors(folder, folder);
  }

  /** {@code root} is the folder, or a file of weights in it. */
  private static Checkpoint ofSafetensors(Path root, Path folder) {
    ConfigJson config = readConfig(folder.resolve(CONFIG));
    Weights weights = WeightParameters.described(config, SafetensorsCheckpoint.open(root));
    List<Path> files = new ArrayList<>(SafetensorsCheckpoint.files(root));
    files.add(folder.resolve(CONFIG));
    return new Checkpoint(root, config, weights, new FolderTextFiles(folder), files);
  }

  /**
   * Where a model's small files are: in the folder itself; for a file of weights next to it, or
   * above a folder {@code onnx} that has none.
   */
  public static Path folderOf(Path root) {
    if (Files.isDirectory(root)) {
      return root;
    }
    Path beside = root.toAbsolutePath().resolveSibling("");
    boolean apart = beside.endsWith(ONNX_FOLDER) && !Files.exists(beside.resolve(CONFIG));
    return apart ? beside.resolveSibling("") : beside;
  }

  /** An encoder: the folder's config is taken where it exists, else what the graph says. */
  private static Checkpoint ofOnnx(Path path, Path folder) {
    Path configFile = folder.resolve(CONFIG);
    OnnxEncoder encoder = OnnxEncoder.open(path);
    try {
      ConfigJson config =
          Files.isRegularFile(configFile)
              ? readConfig(configFile)
              : new ConfigJson(path.getFileName().toString(), encoder.config());
      return new Checkpoint(
          path, config, encoder.weights(), new FolderTextFiles(folder), List.of(path));
    } catch (RuntimeException e) {
      encoder.close();
      throw e;
    }
  }

  private static Checkpoint ofGguf(Path path) {
    GgufFile file = GgufFile.open(path);
    try {
      GgufCheckpoint gguf = new GgufCheckpoint(path, file);
      return new Checkpoint(
          path,
          gguf.config(),
          gguf.weights(),
          new GgufTextFiles(file.metadata()),
          file.files(),
          gguf.pooling());
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static List<Path> ggufsIn(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".gguf")).sorted().toList();
    } catch (IOException e) {
      throw new DataException(
          "open " + folder,
          "a readable model folder",
          e.getClass().getSimpleName(),
          "check the path and its permissions",
          e);
    }
  }

  /** Reads one JSON object from a file. */
  public static ConfigJson readConfig(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      return new ConfigJson(
          file.getFileName().toString(), StrictJson.config("read " + file, bytes));
    } catch (IOException e) {
      throw new DataException(
          "read " + file, "a readable file", e.getClass().getSimpleName(), "check the path", e);
    }
  }

  /** The folder or file this was opened from. */
  public Path root() {
    return root;
  }

  /** Its config.json, or its file's metadata in place of one. */
  public ConfigJson config() {
    return config;
  }

  /** The files that hold the weights, and what says how these are read. */
  List<Path> files() {
    return files;
  }

  /** Its weights, mapped. */
  public Weights weights() {
    return weights;
  }

  /**
   * How an encoder's token vectors become one, in the words of sentence-transformers' pooling
   * config, where a file of weights says it.
   */
  public Optional<ConfigJson> pooling() {
    return pooling;
  }

  /** Opens the tokenizer; the caller closes it. */
  public Tokenizer openTokenizer() {
    return openTokenizer(Letters.AS_WRITTEN);
  }

  /** The same, for an encoder whose folder asks for small letters. */
  public Tokenizer openTokenizer(Letters letters) {
    return text.tokenizer(letters);
  }

  /** The chat template, if the model has one; {@code specialTokens} are the tokenizer's. */
  public Optional<ChatTemplate> chatTemplate(SpecialTokens specialTokens) {
    return text.chatTemplate(specialTokens);
  }

  /** Drops the mapping; tensors that still use it keep it alive. */
  @Override
  public void close() {
    weights.close();
  }
}
