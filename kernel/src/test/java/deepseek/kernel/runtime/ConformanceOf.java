package deepseek.kernel.runtime;

import deepseek.kernel.KernelException;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The suite on one backend; where that is absent each test is skipped with the reason. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ConformanceOf implements Conformance {
  private final Backend backend;
  private Optional<DeviceRuntime> runtime = Optional.empty();
  private Optional<KernelException> absence = Optional.empty();

  ConformanceOf(Backend backend) {
    this.backend = backend;
  }

  @BeforeAll
  void open() {
    try {
      runtime = Optional.of(backend.open());
    } catch (KernelException e) {
      absence = Optional.of(e);
    }
  }

  @BeforeEach
  void requirePresence() {
    absence.ifPresent(reason -> Presence.absent(backend.toString(), reason));
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
