package deepseek.compute;

import java.util.Locale;

/** Where a tensor lives: {@code cpu}, {@code cuda:0}, {@code mps}. */
public record Device(Type type, int index) {
  /** Kinds of device that libtorch names. */
  public enum Type {
    CPU,
    CUDA,
    MPS
  }

  private static final String NAME = "name a device";

  public static final Device CPU = new Device(Type.CPU, 0);

  /** libtorch counts devices in a byte. */
  private static final int LAST_INDEX = 127;

  public Device {
    ComputeException.present(NAME, "a type of device", type);
    if (index < 0 || index > LAST_INDEX) {
      throw new ComputeException(
          NAME, "an index from 0 to " + LAST_INDEX, String.valueOf(index), "count from 0");
    }
  }

  /** The GPU of this number, from 0. */
  public static Device cuda(int index) {
    return new Device(Type.CUDA, index);
  }

  /** Reads PyTorch's notation: {@code cpu}, {@code cuda}, {@code cuda:1}, {@code mps}. */
  public static Device of(String text) {
    String[] parts =
        ComputeException.present(NAME, "a name", text).toLowerCase(Locale.ROOT).split(":", 2);
    for (Type type : Type.values()) {
      if (type.name().toLowerCase(Locale.ROOT).equals(parts[0])
          && (parts.length == 1 || parts[1].matches("\\d{1,4}"))) {
        return new Device(type, parts.length == 1 ? 0 : Integer.parseInt(parts[1]));
      }
    }
    throw new ComputeException(
        NAME, "cpu, cuda, cuda:N or mps", "'" + text + "'", "use one of these names");
  }

  @Override
  public String toString() {
    String name = type.name().toLowerCase(Locale.ROOT);
    return type == Type.CUDA ? name + ":" + index : name;
  }
}
