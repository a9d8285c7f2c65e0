package deepseek.nn.moe;

import deepseek.compute.Tensor;

/**
 * Where a router sends T tokens: K experts each. {@code weights} FLOAT32 [T, K] multiply their
 * answers, {@code experts} INT64 [T, K] names them.
 */
public record Routing(Tensor weights, Tensor experts) {}
