package deepseek.compute;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What each operation expects, and what to do about arguments that it refuses. */
final class OpRules {
  /** {@code expected} and {@code remedy} of a {@link ComputeException}. */
  record Rule(String expected, String remedy) {}

  private static final String COUNT_DIMS = "dims count from 0, or from -1 backwards";
  private static final String CONVERT = "convert with to(dtype), as a rule to FLOAT32";

  private static final Map<String, Rule> RULES = new HashMap<>();

  static {
    pointwise();
    reductions();
    shapes();
    indices();
    layers();
    creation();
    values();
  }

  private OpRules() {}

  static Optional<Rule> of(String operation) {
    return Optional.ofNullable(RULES.get(operation));
  }

  private static void rule(String operations, String expected, String remedy) {
    for (String operation : List.of(operations.split(" "))) {
      RULES.put(operation, new Rule(expected, remedy));
    }
  }

  private static void pointwise() {
    rule(
        "add sub mul div pow minimum maximum eq ne lt le gt ge logicalAnd logicalOr",
        "shapes that broadcast, and numbers of types that the operation knows",
        "reshape or expand one operand, or convert it with to(dtype)");
    rule(
        "remainder",
        "numbers, and a divisor other than 0 for integers",
        "check the divisor, or convert with to(dtype)");
    rule(
        "neg abs exp log sqrt rsqrt reciprocal sin cos tanh erf sigmoid floor round clampMin"
            + " clampMax isFinite relu silu gelu softplus",
        "numbers of a type that the operation knows",
        CONVERT);
    rule(
        "addInPlace mulInPlace fill copyFrom",
        "an operand that broadcasts to this tensor and converts to its dtype, and a tensor without"
            + " gradient or elements that share memory",
        "use the form that returns a new tensor, or detach() or copy() this one first");
    rule(
        "uniformInPlace",
        "a floating-point tensor without gradient, and bounds of its range, low up to high",
        "check the bounds; convert with to(dtype), or detach() a parameter");
    rule(
        "normalInPlace",
        "a floating-point tensor without gradient, and a deviation of at least 0",
        "check the deviation; convert with to(dtype), or detach() a parameter");
    rule(
        "where maskedFill",
        "a BOOL condition or mask, and shapes that broadcast",
        "compare first, as in ne(0), or expand one operand");
  }

  private static void reductions() {
    rule(
        "sum mean max min variance logSumExp argmax any all norm",
        "a dim of the tensor with elements along it, of a type that the operation knows",
        COUNT_DIMS + "; convert integers with to(FLOAT32)");
    rule(
        "cumsum softmax logSoftmax sort",
        "a dim of the tensor, and numbers of a type that the operation knows",
        COUNT_DIMS + "; " + CONVERT);
    rule("topk", "a dim of the tensor and k from 0 to its size", COUNT_DIMS + "; check k");
  }

  private static void shapes() {
    rule("reshape", "as many elements as the tensor has", "check the sizes; -1 infers one of them");
    rule("permute", "every dim of the tensor once", COUNT_DIMS);
    rule("transpose squeeze unsqueeze flip", "dims of the tensor, each once", COUNT_DIMS);
    rule("slice", "a dim of the tensor and a step of at least 1", COUNT_DIMS);
    rule("narrow select split", "a dim of the tensor and places within its size", COUNT_DIMS);
    rule(
        "tril triu",
        "matrices [.., rows, columns]",
        "reshape the tensor to two dims or more first");
    rule(
        "expand repeat repeatInterleave",
        "a size or a count of at least 0 for each dim, sizes other than 1 unchanged by expand",
        "list all dims, new ones in front");
    rule(
        "viewAs",
        "a last dim whose bytes make whole elements of the new type, one after the other",
        "call contiguous() first, or convert values with to(dtype)");
    rule("cat", "tensors of equal sizes but for the joined dim", "slice or pad them first");
    rule("stack", "tensors of equal shape", "slice or pad them first");
  }

  private static void indices() {
    String slices = " with one slice for each place, of this tensor's dtype and other sizes";
    rule("indexSelect", "a dim and an INT64 vector of places in it", "check the index");
    rule(
        "indexAdd indexAddInPlace indexCopyInPlace",
        "a dim, an INT64 vector of places in it, and a source" + slices,
        "check the index and the source's shape and dtype");
    rule("gather", "a dim, and INT64 places in it of this tensor's rank", "check the index");
    rule(
        "scatter scatterAdd",
        "a dim, INT64 places in it of this tensor's rank, and a source of its dtype, no smaller"
            + " than the index",
        "check the index and the source's shape and dtype");
    rule(
        "oneHot",
        "INT64 values from 0 up to the classes",
        "check the values, or ask for more classes");
    rule(
        "bincount",
        "a vector of integers from 0, and a minimum length from 0",
        "flatten with reshape(-1), and check the values");
    rule(
        "multinomial",
        "floating-point weights [classes] or [rows, classes], finite, from 0, not all 0, and a"
            + " count of samples from 1",
        "check the weights for NaN; softmax makes weights of finite logits");
  }

  private static void layers() {
    rule("matmul", "[.., n, k] x [.., k, m]", "transpose or reshape one operand");
    rule(
        "linear",
        "input [.., in], weight [out, in] and bias [out] of one dtype",
        "check the layer's input size and dtype");
    rule(
        "embedding",
        "integer ids from 0 up to the table's rows",
        "check that tokenizer and model belong together");
    rule(
        "attention",
        "query [B, N, L, H], key and value [B, K, S, H], mask that broadcasts to [B, N, L, S]",
        "check heads and head size");
    rule(
        "layerNorm rmsNorm",
        "floating-point input whose last dims are those of weight and bias, of one dtype",
        "check the layer's size and dtype");
    rule(
        "dropout", "floating-point numbers and a probability from 0 to 1", "check the probability");
    rule(
        "crossEntropy",
        "floating-point logits [rows, classes] and INT64 labels [rows] from 0 up to the classes,"
            + " -100 for rows to skip, or probabilities [rows, classes] in the logits' dtype",
        "flatten with reshape(-1, classes) and reshape(-1), and check the labels");
    rule(
        "backward",
        "a scalar computed from a tensor with requiresGrad",
        "call sum() or mean() first, and set requiresGrad before the forward pass");
    rule(
        "withGrad", "a floating-point tensor", "convert with to(dtype), or use an embedding of it");
  }

  private static void values() {
    rule(
        "item toFloats toDoubles toLongs toInts toBytes",
        "elements that Java's type holds and memory for a copy",
        "convert with to(dtype), or take a part with narrow()");
    rule("sharesMemoryWith grad", "open tensors", "check the operands");
    rule(
        "to contiguous copy alias detach",
        "a dtype or a device for the copy, and memory",
        "name one of DType and a device that is here");
  }

  private static void creation() {
    rule(
        "empty of zeros full",
        "sizes from 0 whose product fits memory, and a value of the dtype",
        "check the shape");
    rule("arange", "an end that is not below the start", "swap the bounds");
  }
}
