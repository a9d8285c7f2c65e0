package deepseek.cli;

import deepseek.compute.DType;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the element types a model can run in, by PyTorch's names and their usual short forms. */
final class DtypeConverter implements ITypeConverter<DType> {
  @Override
  public DType convert(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "float32", "fp32", "f32" -> DType.FLOAT32;
      case "bfloat16", "bf16" -> DType.BFLOAT16;
      case "float16", "fp16", "f16" -> DType.FLOAT16;
      default ->
          throw new TypeConversionException("expected fp32, bf16 or fp16, got '" + text + "'");
    };
  }
}
