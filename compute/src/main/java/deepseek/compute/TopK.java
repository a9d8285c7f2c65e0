package deepseek.compute;

/** Values along a dim in order, and the INT64 indices where they stood. */
public record TopK(Tensor values, Tensor indices) {}
