package deepseek.models;

import deepseek.text.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which tokens end an answer. */
final class EndTokens {
  private static final String GENERATION_CONFIG = "generation_config.json";
  private static final String EOS = "eos_token_id";

  private EndTokens() {}

  /**
   * A GGUF's are the end it names and the marks that end a turn, as llama.cpp has it; a folder's
   * are those of {@link #ofFolder}.
   *
   * @param config what the model's config names
   */
  static Set<Integer> of(Checkpoint checkpoint, List<Integer> config, Tokenizer tokenizer) {
    if (checkpoint.root().toString().endsWith(".gguf")) {
      Set<Integer> ends = new LinkedHashSet<>(config);
      ends.addAll(tokenizer.eosIds());
      return ends;
    }
    return ofFolder(Checkpoint.folderOf(checkpoint.root()), config, tokenizer.eosIds());
  }

  /**
   * The first of these that names any: {@code generation_config.json}, {@code config.json}, the
   * tokenizer. In transformers a generation_config.json without ends means that nothing ends an
   * answer; here config.json's still do.
   */
  static Set<Integer> ofFolder(Path folder, List<Integer> config, Collection<Integer> tokenizer) {
    Path file = folder.resolve(GENERATION_CONFIG);
    List<Integer> generation =
        Files.isRegularFile(file) ? Checkpoint.readConfig(file).ids(EOS) : List.of();
    if (!generation.isEmpty()) {
      return Set.copyOf(generation);
    }
    return Set.copyOf(config.isEmpty() ? tokenizer : config);
  }
}
