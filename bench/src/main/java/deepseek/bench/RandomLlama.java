package deepseek.bench;

import deepseek.GgmlType;
import deepseek.compute.Rng;
import deepseek.compute.Tensor;
import deepseek.store.gguf.GgufWriter;
import java.nio.file.Path;
import java.util.List;

/** A Llama with random weights and a made-up vocabulary, for figures that no content changes. */
record RandomLlama(
    int hidden, int layers, int heads, int keyHeads, int width, int inner, int vocabulary) {
  private static final double SPREAD = 0.02;

  /** Known shapes. */
  enum Size {
    TINY(new RandomLlama(64, 2, 4, 2, 16, 128, 512)),
    /** Llama 3.2 1B's. */
    ONE_BILLION(new RandomLlama(2048, 16, 32, 8, 64, 8192, 128_256));

    private final RandomLlama shape;

    Size(RandomLlama shape) {
      this.shape = shape;
    }

    RandomLlama shape() {
      return shape;
    }

    @Override
    public String toString() {
      return this == TINY ? "tiny" : "1b";
    }
  }

  /** Writes it with matrices of one type; the embedding table is also the output layer. */
  void write(Path file, GgmlType type) {
    MadeUpVocabulary words = MadeUpVocabulary.ofSize(vocabulary);
    GgufWriter out =
        new GgufWriter("llama")
            .text("general.name", "random weights")
            .uint32("llama.context_length", 131_072)
            .uint32("llama.embedding_length", hidden)
            .uint32("llama.block_count", layers)
            .uint32("llama.feed_forward_length", inner)
            .uint32("llama.attention.head_count", heads)
            .uint32("llama.attention.head_count_kv", keyHeads)
            .uint32("llama.rope.dimension_count", width)
            .float32("llama.rope.freq_base", 500_000)
            .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .uint32("llama.vocab_size", vocabulary)
            .text("tokenizer.ggml.model", "gpt2")
            .text("tokenizer.ggml.pre", "llama-bpe")
            .texts("tokenizer.ggml.tokens", words.tokens())
            .int32s("tokenizer.ggml.token_type", words.kinds())
            .texts("tokenizer.ggml.merges", words.merges())
            .uint32("tokenizer.ggml.bos_token_id", words.begin())
            .uint32("tokenizer.ggml.eos_token_id", words.end());
    FileType.tell(out, type);
    try (Rng rng = Rng.seeded(0)) {
      addTensors(new Tensors(out, type, rng));
      out.write(file);
    }
  }

  /** Where tensors go. */
  private record Tensors(GgufWriter out, GgmlType type, Rng rng) {
    void matrix(String name, long rows, long columns) {
      out.tensor(
          name, List.of(rows, columns), type, () -> Tensor.randn(rng, rows, columns).mul(SPREAD));
    }

    void norm(String name, long size) {
      out.tensor(name, List.of(size), GgmlType.F32, () -> Tensor.ones(size));
    }
  }

  private void addTensors(Tensors to) {
    to.matrix("token_embd.weight", vocabulary, hidden);
    for (int layer = 0; layer < layers; layer++) {
      String block = "blk." + layer + ".";
      to.norm(block + "attn_norm.weight", hidden);
      to.matrix(block + "attn_q.weight", (long) heads * width, hidden);
      to.matrix(block + "attn_k.weight", (long) keyHeads * width, hidden);
      to.matrix(block + "attn_v.weight", (long) keyHeads * width, hidden);
      to.matrix(block + "attn_output.weight", hidden, (long) heads * width);
      to.norm(block + "ffn_norm.weight", hidden);
      to.matrix(block + "ffn_gate.weight", inner, hidden);
      to.matrix(block + "ffn_up.weight", inner, hidden);
      to.matrix(block + "ffn_down.weight", hidden, inner);
    }
    to.norm("output_norm.weight", hidden);
  }
}
