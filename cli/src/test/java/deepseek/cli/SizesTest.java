package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
  @ParameterizedTest
  @CsvSource({
    "200MiB, 209715200",
    "1.5 GB, 1500000000",
    "4096, 4096",
    "7b, 7",
    "2k, 2000",
    "1TiB, 1099511627776",
  })
  void readsWhatPeopleWrite(String text, long bytes) {
    assertThat(new Sizes.Converter().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "MiB", "1e9", "12 apples", "99999999999999999999"})
  void refusesWhatIsNoAmount(String text) {
    assertThatThrownBy(() -> new Sizes.Converter().convert(text)).hasMessageContaining("200MiB");
  }

  @ParameterizedTest
  @CsvSource({"0, 0 B", "999, 999 B", "1234, 1.23 kB", "271060992, 271 MB", "9996000000, 10.0 GB"})
  void writesThreeDigits(long bytes, String text) {
    assertThat(Sizes.text(bytes)).isEqualTo(text);
  }
}
