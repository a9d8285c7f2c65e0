package deepseek.devices.ir;

/**
 * An argument of a kernel: a buffer or a parameter, passed at launch in the order of declaration.
 */
public sealed interface Argument permits Memory.Buffer, Parameter {
  /** The name in the kernel's source. */
  String name();

  /** The type of the parameter, or of the buffer's elements. */
  ScalarType type();
}
