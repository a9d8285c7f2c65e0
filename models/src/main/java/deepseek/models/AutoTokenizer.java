package deepseek.models;

import deepseek.hub.ModelHub;
import deepseek.text.tokenizer.Tokenizer;
import java.nio.file.Path;

/** Tokenizers by model id: whatever {@link deepseek.hub.ModelSource#parse} accepts. */
public final class AutoTokenizer {
  private AutoTokenizer() {}

  /** Opens a model's tokenizer, which the caller closes. */
  public static Tokenizer fromPretrained(String id) {
    return fromPretrained(id, ModelOptions.defaults());
  }

  /** The same by these options for the hub. */
  public static Tokenizer fromPretrained(String id, ModelOptions options) {
    Path root = new ModelHub(options.hub(), options.progress()).resolve(id).root();
    Path folder = Checkpoint.folderOf(root);
    if (Tokenizer.isIn(folder)) {
      return Tokenizer.open(folder);
    }
    try (Checkpoint checkpoint = Checkpoint.open(root)) {
      return checkpoint.openTokenizer();
    }
  }
}
