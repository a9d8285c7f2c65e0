package deepseek.cli;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Sizes with an x between them: {@code 4096x2048}. */
record Shape(List<Integer> sizes) {
  private static final Pattern TEXT = Pattern.compile("[1-9]\\d{0,8}(x[1-9]\\d{0,8})*");

  Shape {
    sizes = List.copyOf(sizes);
  }

  static Shape of(String text) {
    if (!TEXT.matcher(text).matches()) {
      throw Converters.refused("sizes from 1 to 999999999 such as 4096x2048", text);
    }
    return new Shape(Arrays.stream(text.split("x")).map(Integer::valueOf).toList());
  }

  @Override
  public String toString() {
    return sizes.stream().map(String::valueOf).collect(Collectors.joining("x"));
  }
}
