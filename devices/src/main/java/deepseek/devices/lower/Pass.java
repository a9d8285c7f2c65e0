package deepseek.devices.lower;

import deepseek.devices.ir.Kernel;

/** One rewriting of a kernel that keeps what it computes. */
@FunctionalInterface
interface Pass {
  Kernel apply(Kernel kernel);
}
