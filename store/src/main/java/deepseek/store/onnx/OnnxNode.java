package deepseek.store.onnx;

import deepseek.files.ProtoCursor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One operation of a graph.
 *
 * @param constant the tensor attribute of a Constant
 * @param epsilon of a LayerNormalization
 * @param transposed whether a Gemm's second operand is stored [out, in]
 */
record OnnxNode(
    String operator,
    List<String> inputs,
    List<String> outputs,
    Optional<OnnxTensor> constant,
    Optional<Float> epsilon,
    boolean transposed) {
  private static final int INPUT = 1;
  private static final int OUTPUT = 2;
  private static final int OPERATOR = 4;
  private static final int ATTRIBUTE = 5;

  /** Parses a NodeProto. */
  static OnnxNode read(ProtoCursor in) {
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    String operator = "";
    Attribute found = Attribute.NONE;
    while (in.next()) {
      switch (in.field()) {
        case INPUT -> inputs.add(in.text());
        case OUTPUT -> outputs.add(in.text());
        case OPERATOR -> operator = in.text();
        case ATTRIBUTE -> found = found.and(Attribute.read(in.message()));
        default -> in.skip();
      }
    }
    return new OnnxNode(
        operator,
        List.copyOf(inputs),
        List.copyOf(outputs),
        found.tensor(),
        found.epsilon(),
        found.transposed());
  }

  /** The attributes that affect weights. */
  private record Attribute(
      Optional<OnnxTensor> tensor, Optional<Float> epsilon, boolean transposed) {
    static final Attribute NONE = new Attribute(Optional.empty(), Optional.empty(), false);

    private static final int NAME = 1;
    private static final int FLOAT = 2;
    private static final int INT = 3;
    private static final int TENSOR = 5;

    static Attribute read(ProtoCursor in) {
      String name = "";
      Optional<Float> real = Optional.empty();
      long whole = 0;
      Optional<OnnxTensor> tensor = Optional.empty();
      while (in.next()) {
        switch (in.field()) {
          case NAME -> name = in.text();
          case FLOAT -> real = Optional.of(in.float32());
          case INT -> whole = in.varint();
          case TENSOR -> tensor = OnnxTensor.read(in.message());
          default -> in.skip();
        }
      }
      return new Attribute(
          tensor,
          name.equals("epsilon") ? real : Optional.empty(),
          whole == 1 && name.equals("transB"));
    }

    Attribute and(Attribute other) {
      return new Attribute(
          tensor.or(other::tensor), epsilon.or(other::epsilon), transposed || other.transposed());
    }
  }
}
