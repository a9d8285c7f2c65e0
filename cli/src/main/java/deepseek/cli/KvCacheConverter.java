package deepseek.cli;

import deepseek.models.KvCacheType;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads how keys and values are kept. */
final class KvCacheConverter implements ITypeConverter<KvCacheType> {
  @Override
  public KvCacheType convert(String text) {
    return Arrays.stream(KvCacheType.values())
        .filter(type -> type.toString().equalsIgnoreCase(text))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    Arrays.stream(KvCacheType.values())
                        .map(KvCacheType::toString)
                        .collect(Collectors.joining(" or ", "expected ", ", got '" + text + "'"))));
  }
}
