package deepseek.models;

import deepseek.DeepseekException;

/** A model whose config, weights or input do not fit together. */
public final class ModelException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  public ModelException(String operation, String expected, String got, String remedy) {
    super(operation, expected, got, remedy, null);
  }
}
