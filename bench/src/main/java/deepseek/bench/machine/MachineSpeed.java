package deepseek.bench.machine;

import deepseek.compute.DType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What bounds a model on this machine, measured in about two seconds on all threads.
 *
 * @param busy what of the processors other programs kept busy just before, of one
 * @param readBandwidth bytes per second
 * @param products floating-point operations per second of matrix products
 */
public record MachineSpeed(double busy, double readBandwidth, Map<DType, Double> products) {
  public MachineSpeed {
    products = Collections.unmodifiableMap(new LinkedHashMap<>(products));
  }

  public static MachineSpeed measured() {
    double busy = Probe.busy();
    double bandwidth = Probe.readBandwidth();
    Map<DType, Double> products = new LinkedHashMap<>();
    for (DType dtype : new DType[] {DType.FLOAT32, DType.BFLOAT16}) {
      products.put(dtype, Probe.matmul(dtype));
    }
    return new MachineSpeed(busy, bandwidth, products);
  }
}
