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
 * The named tensors of a checkpoint, in any file format.
 *
 * <p>Opening maps the files and reads only headers. Tensors may outlive this: after closing, the
 * files are unmapped when no tensor uses them any more.
 */
public interface Weights extends AutoCloseable {
  /** Names in the order of the file, which is the fastest order to load them in. */
  Set<String> names();

  /**
   * The metadata of a tensor.
   *
   * @throws DataException if there is no such tensor
   */
  WeightInfo info(String name);

  /**
   * Loads one tensor into the innermost scope. It is a view of the file, without a copy, if it is
   * stored in {@code dtype}, aligned, and requested on the CPU; writing to it changes memory, not
   * the file. Quantised types are dequantised to {@code dtype}.
   *
   * @throws DataException if there is no such tensor, or tensors don't support its type
   */
  Tensor load(String name, DType dtype, Device device);

  /** A matrix in the file's own quantised blocks, if those can be packed. */
  default Optional<QTensor.GgmlMatrix> stored(String name) {
    return Optional.empty();
  }

  /** Loads one tensor to the CPU in its own type, {@link WeightInfo#dtype}. */
  default Tensor load(String name) {
    return load(name, info(name).dtype(), Device.CPU);
  }

  /** Starts read-ahead of these tensors' pages. Returns immediately. */
  void prefetch(Collection<String> names);

  /**
   * Releases these tensors' pages to the system; the next use reads them again. Changes of mapped
   * tensors are discarded.
   */
  void release(Collection<String> names);

  @Override
  void close();

  /** The error for a missing name, with the most similar names. */
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
