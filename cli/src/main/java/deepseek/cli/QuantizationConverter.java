package deepseek.cli;

import deepseek.models.ModelException;
import deepseek.models.QuantizationConfig;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the names of quantisations. */
final class QuantizationConverter implements ITypeConverter<QuantizationConfig> {
  @Override
  public QuantizationConfig convert(String name) {
    try {
      return QuantizationConfig.ofName(name);
    } catch (ModelException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
