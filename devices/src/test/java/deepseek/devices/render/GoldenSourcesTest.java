package deepseek.devices.render;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ops.Operator;
import deepseek.devices.ops.Operators;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator in every language matches the reviewed source that was committed. After an
 * intended change: {@code mvn -pl kernel test -Dtest=GoldenSourcesTest
 * -Dtest.options=-Dgolden.write=true}, then review the diff.
 */
class GoldenSourcesTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden");

  static Stream<Arguments> sources() {
    return Operators.all().stream()
        .flatMap(
            operator ->
                Arrays.stream(Target.values()).map(target -> Arguments.of(operator, target)));
  }

  @ParameterizedTest
  @MethodSource("sources")
  void isAsCommitted(Operator operator, Target target) throws IOException {
    String source = target.render(operator.kernel(target == Target.C ? 1 : 64));
    Path golden = FOLDER.resolve(operator.name() + "." + target.suffix());
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(golden, source);
    }
    assertThat(source).isEqualTo(Files.readString(golden));
  }

  /** Kernels with barriers are split into loops over items where one thread runs a group. */
  @ParameterizedTest
  @MethodSource("deepseek.devices.ops.Operators#all")
  void groupsRunByOneThreadAsWell(Operator operator) throws IOException {
    String source = Target.C.render(operator.kernel(32));
    Path golden = FOLDER.resolve(operator.name() + ".groups.c");
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(golden, source);
    }
    assertThat(source).isEqualTo(Files.readString(golden));
  }
}
