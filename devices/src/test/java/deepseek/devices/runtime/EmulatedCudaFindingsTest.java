package deepseek.devices.runtime;

import static deepseek.devices.ir.ScalarType.F32;
import static deepseek.devices.runtime.EmulatedCuda.given;
import static deepseek.devices.runtime.EmulatedCuda.refused;
import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.KernelBuilder;
import deepseek.devices.ir.Memory.Array;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.devices.ops.Elementwise;
import org.junit.jupiter.api.Test;

/**
 * The emulation of NVIDIA's driver detects misuse; it would be worthless if it accepted everything.
 */
class EmulatedCudaFindingsTest extends OnEmulatedCuda {
  private String booksOf(Kernel kernel, int words, int count) {
    try (CudaRuntime runtime = cuda.open(cache);
        DeviceBuffer x = given(runtime, new float[words]);
        DeviceBuffer y = given(runtime, new float[words])) {
      runtime.compile(kernel).launch(x, y, Scalar.of(count));
      y.toFloats();
    }
    return cuda.books();
  }

  /** The body of a kernel on x and y, two buffers of float32. */
  private interface Body {
    void write(KernelBuilder k, Buffer x, Buffer y);
  }

  private static Kernel described(String name, Body body) {
    return Kernel.describe(name, k -> body.write(k, k.input("x", F32), k.output("y", F32)));
  }

  private static Kernel mirrored(boolean waits) {
    return described(
        waits ? "waits" : "races",
        (k, x, y) -> {
          k.groups(32, k.intParam("n"));
          Array shared = k.shared("line", F32, 32);
          k.store(shared, k.local(), x.at(k.local()));
          if (waits) {
            k.barrier();
          }
          k.when(
              k.group().equalTo(0),
              () -> k.store(y, k.local(), shared.at(Expr.of(31).minus(k.local()))));
        });
  }

  @Test
  void aMissingBarrierIsFound() {
    assertThat(booksOf(mirrored(true), 32, 2)).isEmpty();
    assertThat(booksOf(mirrored(false), 32, 2)).contains("races: two items touch word");
  }

  @Test
  void groupsThatWriteTheSameWordAreFound() {
    Kernel kernel =
        described(
            "clash",
            (k, x, y) -> {
              k.groups(1, k.intParam("n"));
              k.store(y, Expr.of(0), x.at(k.group()));
            });
    assertThat(booksOf(kernel, 2, 2)).contains("clash: two items touch word 0 of a buffer");
  }

  @Test
  void sharedMemoryThatNobodyWroteIsFound() {
    Kernel kernel =
        described(
            "unwritten",
            (k, x, y) -> {
              k.groups(2, k.intParam("n"));
              Array shared = k.shared("line", F32, 4);
              k.store(shared, k.local(), x.at(k.local()));
              k.barrier();
              k.store(y, k.local(), shared.at(k.local().plus(1)));
            });
    assertThat(booksOf(kernel, 2, 1)).contains("reads word 2 of shared memory before it is");
  }

  @Test
  void whatCLeavesOpenIsFound() {
    Kernel kernel =
        described(
            "open",
            (k, x, y) -> {
              Expr n = k.intParam("n");
              k.items(n);
              k.store(y, k.item(), x.at(k.item()).plus(n.plus(Integer.MAX_VALUE).toFloat()));
            });
    assertThat(booksOf(kernel, 2, 2)).contains("open: signed overflow of a sum, open.cu line");
  }

  @Test
  void anIndexOutsideItsArrayIsFound() {
    Kernel kernel =
        described(
            "outside",
            (k, x, y) -> {
              Expr n = k.intParam("n");
              k.items(n);
              Array own = k.registers("own", F32, 2);
              k.store(own, n.minus(1), x.at(k.item()));
              k.store(y, k.item(), own.at(n.minus(1)));
            });
    assertThat(booksOf(kernel, 2, 2)).isEmpty();
    refused(() -> booksOf(kernel, 3, 3), "CUDA_ERROR_ILLEGAL_ADDRESS");
    assertThat(cuda.books()).contains("outside: an index outside its array");
  }

  @Test
  void whatIsHeldStillIsFound() {
    CudaRuntime runtime = cuda.open(cache);
    DeviceBuffer buffer = given(runtime, 1);
    runtime.compile(Elementwise.axpy());
    assertThat(cuda.books())
        .contains("retained 1 times", "1 buffers are not freed", "axpy is not unloaded");
    buffer.close();
    runtime.close();
    assertThat(cuda.books()).isEmpty();
  }
}
