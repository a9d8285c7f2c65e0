package deepseek.kernel.lower;

import deepseek.kernel.ir.Kernel;

/** One rewriting of a kernel that keeps what it computes. */
@FunctionalInterface
interface Pass {
  Kernel apply(Kernel kernel);
}
