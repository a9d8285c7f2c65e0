package deepseek.devices.lower;

import deepseek.devices.ir.Kernel;

/** A rewrite of a kernel that preserves its results. */
@FunctionalInterface
interface Pass {
  Kernel apply(Kernel kernel);
}
