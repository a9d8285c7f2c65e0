package deepseek.devices.ops;

import deepseek.kernel.KernelException;
import java.util.List;
import java.util.stream.Collectors;

/** The list of all operators. */
public final class Operators {
  private static final int HEAD = 64;

  private static final List<Operator> ALL =
      List.of(
          new Operator("axpy", "y += a·x", width -> Elementwise.axpy()),
          new Operator("silu_times", "y = silu(gate)·up", width -> Elementwise.siluTimes()),
          new Operator("rope", "rotates halves of heads by position", width -> Elementwise.rope()),
          new Operator("sum", "the sum of each row", Rows::sum),
          new Operator(
              "rms_norm", "each row over its root mean square, times weights", Rows::rmsNorm),
          new Operator("softmax", "exp of each row, scaled to sum to one", Rows::softmax),
          new Operator("argmax", "the first largest place of each row", Rows::argmax),
          new Operator("top_k", "the k largest of each row and their places", TopK::ofRows),
          new Operator("gemm", "float32 product in tiles", width -> Gemm.tiled()),
          new Operator("int4_gemv", "int4 weights times one vector", QuantisedGemv::int4),
          new Operator("int8_gemv", "int8 weights times one vector", QuantisedGemv::int8),
          new Operator("int4_gemm", "int4 weights times several vectors", QuantisedGemm::int4),
          new Operator("int8_gemm", "int8 weights times several vectors", QuantisedGemm::int8),
          new Operator(
              "int4_block_sparse_gemv",
              "kept blocks of int4 weights times one vector",
              width -> QuantisedGemv.blockSparse(QuantisedLayout.INT4, width)),
          new Operator(
              "int8_block_sparse_gemv",
              "kept blocks of int8 weights times one vector",
              width -> QuantisedGemv.blockSparse(QuantisedLayout.INT8, width)),
          new Operator(
              "int4_masked_gemv",
              "wanted outputs of int4 weights times one vector",
              width -> QuantisedGemv.masked(QuantisedLayout.INT4, width)),
          new Operator(
              "int8_masked_gemv",
              "wanted outputs of int8 weights times one vector",
              width -> QuantisedGemv.masked(QuantisedLayout.INT8, width)),
          new Operator("neuron_dots", "wanted rows of weights times one vector", Neurons::dots),
          new Operator(
              "neuron_sums",
              "rows of weights times those of one vector that aren't zero",
              width -> Neurons.sums()),
          new Operator(
              "decode_attention",
              "one query over cached keys and values, heads of " + HEAD,
              width -> DecodeAttention.ofHeads(HEAD, width)));

  private Operators() {}

  /** All operators. */
  public static List<Operator> all() {
    return ALL;
  }

  /**
   * The operator of a name.
   *
   * @throws KernelException if there is none
   */
  public static Operator named(String name) {
    return ALL.stream()
        .filter(operator -> operator.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new KernelException(
                    "find an operator",
                    ALL.stream().map(Operator::name).collect(Collectors.joining(", ")),
                    "'" + name + "'",
                    "name one of them"));
  }
}
