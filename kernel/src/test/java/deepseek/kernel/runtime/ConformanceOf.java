package deepseek.kernel.runtime;

import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The suite on one backend, skipped with the reason where that is absent. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ConformanceOf implements Conformance {
  private final Backend backend;
  private Optional<DeviceRuntime> runtime = Optional.empty();

  ConformanceOf(Backend backend) {
    this.backend = backend;
  }

  @BeforeAll
  void open() {
    runtime = Optional.of(Presence.require(backend.toString(), backend::open));
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
