package deepseek.devices.ir;

/** What a kernel is given at launch, in the order of declaration. */
public sealed interface Argument permits Memory.Buffer, Parameter {
  String name();

  ScalarType type();
}
