package deepseek.cli;

import picocli.CommandLine.ITypeConverter;

/**
 * A model to serve, as {@code MODEL} or {@code NAME=MODEL}.
 *
 * @param name by which requests ask for it
 */
record NamedModel(String name, String source) {
  /** Reads one. */
  static final class Converter implements ITypeConverter<NamedModel> {
    private final Converters.ModelName source = new Converters.ModelName();

    @Override
    public NamedModel convert(String text) {
      int equals = text.indexOf('=');
      // pypi:name==version has no name before it.
      boolean hasName = equals > 0 && !text.startsWith("=", equals + 1);
      String model = source.convert(hasName ? text.substring(equals + 1) : text);
      return new NamedModel(hasName ? text.substring(0, equals) : model, model);
    }
  }
}
