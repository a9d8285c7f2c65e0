package deepseek.devices.runtime;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import deepseek.kernel.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A GPU, as its driver describes it.
 *
 * @param capability the compute capability, such as 90 for 9.0, NVRTC's sm_90
 * @param mostGroups the maximum number of groups of a launch along each axis
 */
record CudaDevice(int handle, String name, int capability, List<Integer> mostGroups) {
  private static final int MOST_GROUPS = 5;
  private static final int MAJOR = 75;
  private static final int MINOR = 76;

  static CudaDevice find(CudaDriver driver, int number) {
    String operation = "open cuda";
    driver.check(operation, driver.init.status(0));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found = arena.allocate(JAVA_INT);
      driver.check(operation, driver.deviceCount.status(found));
      int count = found.get(JAVA_INT, 0);
      if (number < 0 || number >= count) {
        throw new KernelException(
            operation, "GPU " + number, count + " GPUs", CudaStatus.NO_DEVICE.remedy());
      }
      driver.check(operation, driver.device.status(found, number));
      int handle = found.get(JAVA_INT, 0);
      MemorySegment name = arena.allocate(256);
      driver.check(operation, driver.deviceName.status(name, 256, handle));
      int capability = attribute(driver, handle, MAJOR) * 10 + attribute(driver, handle, MINOR);
      List<Integer> most =
          List.of(
              attribute(driver, handle, MOST_GROUPS),
              attribute(driver, handle, MOST_GROUPS + 1),
              attribute(driver, handle, MOST_GROUPS + 2));
      return new CudaDevice(handle, name.getString(0), capability, most);
    }
  }

  private static int attribute(CudaDriver driver, int handle, int which) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_INT);
      driver.check("open cuda", driver.deviceAttribute.status(value, which, handle));
      return value.get(JAVA_INT, 0);
    }
  }

  @Override
  public String toString() {
    return name + ", sm_" + capability;
  }
}
