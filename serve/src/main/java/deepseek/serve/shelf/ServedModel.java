package deepseek.serve.shelf;

import deepseek.models.ModelOptions;
import deepseek.serve.ServeException;

/**
 * A model that a server offers.
 *
 * @param name by which requests ask for it
 * @param source what {@link deepseek.models.AutoModel} opens
 */
public record ServedModel(String name, String source, Task task, ModelOptions options) {
  /** What a model is for. */
  public enum Task {
    /** Writes text. */
    TEXT,
    /** Turns texts into vectors. */
    EMBEDDING,
    /** Says how well texts answer a query. */
    RANKING
  }

  public ServedModel {
    if (name.isBlank() || name.chars().anyMatch(Character::isISOControl)) {
      throw new ServeException(
          "serve " + source, "a name for the model", "'" + name + "'", "give it one");
    }
  }

  /** A model under the name of its source. */
  public static ServedModel of(String source, Task task) {
    return new ServedModel(source, source, task, ModelOptions.defaults());
  }

  /** The same, loaded like this. */
  public ServedModel withOptions(ModelOptions value) {
    return new ServedModel(name, source, task, value);
  }

  /** The same under another name. */
  public ServedModel withName(String value) {
    return new ServedModel(value, source, task, options);
  }
}
