package deepseek.models.decoder;

import deepseek.compute.DType;
import deepseek.compute.Tensor;
import deepseek.models.GoldenCase;
import deepseek.models.ModelOptions;

/** A golden decoder, opened in FLOAT32, with what transformers computed from it. */
final class DecoderCase implements AutoCloseable {
  private final GoldenCase golden;
  private final Decoder decoder;

  DecoderCase(String name) {
    this.golden = new GoldenCase(name);
    this.decoder = golden.decoder(ModelOptions.defaults());
  }

  Decoder decoder() {
    return decoder;
  }

  /** A tensor of the reference in its own type. */
  Tensor expected(String name) {
    return golden.reference(name);
  }

  /** Token ids of the reference. */
  Tensor ids(String name) {
    return golden.reference(name).to(DType.INT64);
  }

  @Override
  public void close() {
    decoder.close();
  }
}
