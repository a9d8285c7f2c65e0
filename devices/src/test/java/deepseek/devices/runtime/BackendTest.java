package deepseek.devices.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.devices.ir.Kernel;
import deepseek.devices.ops.Elementwise;
import deepseek.devices.ops.Rows;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.Presence;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackendTest {
  @ParameterizedTest
  @EnumSource(Backend.class)
  void isThereOrSaysWhyNot(Backend backend) {
    try (DeviceRuntime runtime = backend.open()) {
      assertThat(runtime.device()).isNotBlank();
    } catch (KernelException e) {
      assertThat(e).message().startsWith("open ").hasLineCount(1);
    }
  }

  @Test
  void opensAgainAfterClosing() {
    for (int i = 0; i < 2; i++) {
      try (DeviceRuntime runtime = Presence.require("cpu", Backend.CPU::open)) {
        Kernel kernel = Elementwise.axpy();
        assertThat(runtime.compile(kernel)).isSameAs(runtime.compile(kernel));
      }
    }
  }

  @Test
  void memoryOfOthersIsUsedInPlace() {
    try (CpuRuntime runtime = Presence.require("cpu", CpuRuntime::open);
        Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f, 2f, 3f);
      MemorySegment y = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 10f, 20f, 30f);
      runtime
          .compile(Elementwise.axpy())
          .launch(runtime.wrap(x), runtime.wrap(y), Scalar.of(2f), Scalar.of(3));
      assertThat(y.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(12f, 24f, 36f);
      assertThatThrownBy(() -> runtime.wrap(MemorySegment.ofArray(new int[1])))
          .hasMessageContaining("native memory");
    }
  }

  @Test
  void buffersStayWithTheirRuntime() {
    try (DeviceRuntime cpu = Presence.require("cpu", Backend.CPU::open);
        DeviceRuntime opencl = Presence.require("opencl", Backend.OPENCL::open);
        DeviceBuffer foreign = opencl.allocate(4);
        DeviceBuffer y = cpu.allocate(1)) {
      CompiledKernel sum = cpu.compile(Rows.sum(1));
      assertThatThrownBy(() -> sum.launch(foreign, y, Scalar.of(1), Scalar.of(4)))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("runtime that compiled it");
    }
  }
}
