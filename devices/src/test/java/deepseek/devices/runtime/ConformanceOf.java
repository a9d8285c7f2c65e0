package deepseek.devices.runtime;

import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.Presence;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The suite on one backend; if that is absent each test is skipped with the reason. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ConformanceOf implements Conformance {
  private final String name;
  private final Supplier<DeviceRuntime> opener;
  private Optional<DeviceRuntime> runtime = Optional.empty();
  private Optional<KernelException> absence = Optional.empty();

  ConformanceOf(Backend backend) {
    this(backend.toString(), backend::open);
  }

  ConformanceOf(String name, Supplier<DeviceRuntime> opener) {
    this.name = name;
    this.opener = opener;
  }

  @BeforeAll
  void open() {
    try {
      runtime = Optional.of(opener.get());
    } catch (KernelException e) {
      absence = Optional.of(e);
    }
  }

  @BeforeEach
  void requirePresence() {
    absence.ifPresent(reason -> Presence.absent(name, reason));
  }

  @AfterAll
  void close() {
    runtime.ifPresent(DeviceRuntime::close);
  }

  @Override
  public DeviceRuntime runtime() {
    return runtime.orElseThrow();
  }
}
