package deepseek.cli;

import deepseek.DeepseekException;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.devices.ops.Operator;
import deepseek.devices.ops.Operators;
import deepseek.hub.ModelSource;
import deepseek.models.QuantizationConfig;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.TypeConversionException;

/** Converters of a command line's words, by type; each says what it expected and got. */
final class Converters {
  private Converters() {}

  /** For a command and all its verbs. */
  static void register(CommandLine command) {
    ITypeConverter<Integer> whole = text -> (int) whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
    command.registerConverter(int.class, whole);
    command.registerConverter(Integer.class, whole);
    ITypeConverter<Long> large = text -> whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
    command.registerConverter(long.class, large);
    command.registerConverter(Long.class, large);
    command.registerConverter(double.class, Converters::decimal);
    command.registerConverter(Double.class, Converters::decimal);
    registerEnums(command, command);
    command.registerConverter(DType.class, Converters::dtype);
    command.registerConverter(Device.class, text -> readBy(Device::of, text));
    command.registerConverter(Operator.class, text -> readBy(Operators::named, text));
    command.registerConverter(
        QuantizationConfig.class, text -> readBy(QuantizationConfig::ofName, text));
    command.registerConverter(Shape.class, Shape::of);
  }

  /** Those of the arguments, which picocli would list by their constants' names in Java. */
  private static void registerEnums(CommandLine of, CommandLine command) {
    for (ArgSpec argument : of.getCommandSpec().args()) {
      for (Class<?> type : argument.auxiliaryTypes()) {
        if (type.isEnum()) {
          registerEnum(type, command);
        }
      }
    }
    of.getSubcommands().values().forEach(verb -> registerEnums(verb, command));
  }

  private static <T> void registerEnum(Class<T> type, CommandLine command) {
    command.registerConverter(type, text -> oneOf(Arrays.asList(type.getEnumConstants()), text));
  }

  private static <T> T oneOf(List<T> values, String text) {
    return values.stream()
        .filter(value -> value.toString().equalsIgnoreCase(text))
        .findFirst()
        .orElseThrow(() -> refused(listed(values), text));
  }

  private static String listed(List<?> values) {
    String last = values.getLast().toString();
    return values.size() == 1
        ? last
        : values.stream()
            .limit(values.size() - 1L)
            .map(Object::toString)
            .collect(Collectors.joining(", ", "", " or " + last));
  }

  private static long whole(String text, long least, long most) {
    BigInteger number;
    try {
      number = new BigInteger(text);
    } catch (NumberFormatException e) {
      throw refused("a whole number", text);
    }
    if (number.compareTo(BigInteger.valueOf(least)) < 0) {
      throw refused("at least " + least, text);
    }
    if (number.compareTo(BigInteger.valueOf(most)) > 0) {
      throw refused("at most " + most, text);
    }
    return number.longValueExact();
  }

  private static double decimal(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw refused("a number", text);
    }
  }

  /** PyTorch's names of the types a model can run in, and their usual short forms. */
  private static DType dtype(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "float32", "fp32", "f32" -> DType.FLOAT32;
      case "bfloat16", "bf16" -> DType.BFLOAT16;
      case "float16", "fp16", "f16" -> DType.FLOAT16;
      default -> throw refused("fp32, bf16 or fp16", text);
    };
  }

  private static <T> T readBy(Function<String, T> reader, String text) {
    try {
      return reader.apply(text);
    } catch (DeepseekException e) {
      throw new TypeConversionException(e.complaint());
    }
  }

  static TypeConversionException refused(String expected, String got) {
    return new TypeConversionException("expected %s, got '%s'".formatted(expected, got));
  }

  /** Holds a name against what {@link ModelSource} understands, and leaves it as it is. */
  static final class ModelName implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      readBy(ModelSource::parse, text);
      return text;
    }
  }
}
