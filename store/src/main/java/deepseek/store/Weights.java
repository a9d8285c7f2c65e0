package deepseek.store;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.QTensor;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The named tensors of a checkpoint, whatever file they come from.
 *
 * <p>Opening maps the files and reads only headers. Closing drops the mapping; it really goes once
 * no tensor uses it, so tensors may outlive this.
 */
public interface Weights extends AutoCloseable {
  /** Names in the order of the file, which is the fastest order to load them in. */
  Set<String> names();

  /**
   * @throws DataException if there is no such tensor
   */
  WeightInfo info(String name);

  /**
   * Loads one tensor into the innermost scope. Without a copy if it is stored in {@code dtype},
   * aligned, and wanted on the CPU: then it is a view of the file, and writing into it changes
   * memory, not the file. Packed types are decoded into {@code dtype}.
   *
   * @throws DataException if there is no such tensor, or no tensor can hold its type
   */
  Tensor load(String name, DType dtype, Device device);

  /** A matrix as the file has it, where it is stored in blocks that can be packed. */
  default Optional<QTensor.Stored> stored(String name) {
    return Optional.empty();
  }

  /** Loads one tensor to the CPU in its own type, {@link WeightInfo#dtype}. */
  default Tensor load(String name) {
    return load(name, info(name).dtype(), Device.CPU);
  }

  /** Asks the system to start reading these tensors' pages. Returns at once. */
  void prefetch(Collection<String> names);

  /**
   * Lets the system take back these tensors' pages; the next use reads them again. Values written
   * into mapped tensors go back to those of the file.
   */
  void release(Collection<String> names);

  @Override
  void close();

  /** The error for a name that is not there, with the names that look most like it. */
  static DataException missing(String fileName, String name, Collection<String> names) {
    List<String> alike =
        names.stream()
            .filter(candidate -> commonEnd(candidate, name) > 1)
            .sorted(Comparator.comparingInt(candidate -> -commonEnd(candidate, name)))
            .limit(3)
            .toList();
    return new DataException(
        "load from " + fileName,
        "tensor '" + name + "'",
        names.size() + " tensors without it" + (alike.isEmpty() ? "" : ", such as " + alike),
        "check that the configuration belongs to these weights");
  }

  private static int commonEnd(String a, String b) {
    int length = 0;
    while (length < Math.min(a.length(), b.length())
        && a.charAt(a.length() - 1 - length) == b.charAt(b.length() - 1 - length)) {
      length++;
    }
    return length;
  }
}
