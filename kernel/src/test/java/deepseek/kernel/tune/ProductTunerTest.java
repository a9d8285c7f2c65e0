package deepseek.kernel.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import deepseek.kernel.KernelException;
import deepseek.kernel.cpu.CpuTuning;
import deepseek.kernel.cpu.FoundTuning;
import deepseek.kernel.cpu.WeightFormat;
import deepseek.kernel.cpu.WeightOperand;
import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.Presence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProductTunerTest {
  private static final ProductTuner.Effort LITTLE = new ProductTuner.Effort(3, 1000, 1 << 20, 2);

  @TempDir private Path folder;

  @Test
  void triesAllNumbersAndRemembersTheChoice() {
    CCompiler compiler = hasty();
    CpuFeatures features = CpuFeatures.detect();
    KernelCache cache = new KernelCache(folder);
    FoundTuning record = new FoundTuning(cache, compiler, features);
    assertThat(record.find()).isEmpty();
    List<WeightOperand> forms =
        List.of(
            new WeightOperand(WeightFormat.INT4, 0, 144, 80),
            new WeightOperand(WeightFormat.BF16, 0, 144, 80));
    List<String> said = new ArrayList<>();

    ProductTuner.Found found =
        new ProductTuner(cache, compiler, features, LITTLE).tune(forms, said::add);

    assertThat(found.knobs())
        .extracting(TunedKnob::knob)
        .containsExactlyElementsOf(
            Stream.of(Knob.values()).filter(knob -> knob.isFor(features)).toList());
    assertThat(found.knobs())
        .allSatisfy(
            knob -> {
              assertThat(knob.variants()).hasSizeGreaterThan(2).allMatch(Measured::agrees);
              assertThat(knob.variants()).extracting(Measured::value).contains(knob.chosen());
              assertThat(knob.chosen()).isEqualTo(found.tuning().get(knob.knob().number()));
              assertThat(knob.gain()).isGreaterThanOrEqualTo(1);
              assertThat(knob.cases())
                  .allMatch(each -> each.nanos().size() == knob.variants().size());
            });
    assertThat(found.knobs())
        .extracting(knob -> knob.cases().size())
        .startsWith(2, 2, 1, 1, 4, 4, 5);
    assertThat(said).anyMatch(text -> text.startsWith("tiles: compiling "));
    assertThat(record.find()).contains(found.tuning());
  }

  @Test
  void weightsThatNoMemoryHoldsAreRefusedBeforeAnythingIsTried() {
    ProductTuner tuner =
        new ProductTuner(new KernelCache(folder), hasty(), CpuFeatures.detect(), LITTLE);
    List<WeightOperand> forms =
        List.of(
            new WeightOperand(WeightFormat.INT4, 0, 64, 64),
            new WeightOperand(WeightFormat.BF16, 0, 999_999_999, 999_999_999));
    assertThatThrownBy(() -> tuner.tune(forms, text -> fail(text)))
        .isInstanceOf(KernelException.class)
        .hasMessageStartingWith("time products with bf16 weights 999999999x999999999: expected at")
        .hasMessageEndingWith("choose a smaller shape");
  }

  @Test
  void aRecordIsForItsProcessorAndCompilerAndADamagedOneIsNone() throws IOException {
    CCompiler compiler = hasty();
    CpuFeatures features = CpuFeatures.detect();
    KernelCache cache = new KernelCache(folder);
    CpuTuning tuning = CpuTuning.USUAL.with(CpuTuning.Choice.AHEAD, 512);
    FoundTuning record = new FoundTuning(cache, compiler, features);
    record.remember(tuning);
    assertThat(record.find()).contains(tuning);
    CpuFeatures others = new CpuFeatures("other", features.names());
    assertThat(new FoundTuning(cache, compiler, others).find()).isEmpty();
    CCompiler newer =
        new CCompiler(
            compiler.command(),
            compiler.version() + " new",
            compiler.arguments(),
            compiler.environment(),
            compiler.limit());
    assertThat(new FoundTuning(cache, newer, features).find()).isEmpty();
    try (Stream<Path> files = Files.list(folder)) {
      Path file = files.filter(f -> f.toString().endsWith(".tuning")).findFirst().orElseThrow();
      Files.writeString(
          file,
          "ahead=64 far=2 streams=2 tiles=1 chunks=1 expert-chunks=1 sparse-ahead=1 amx-over=1");
    }
    assertThat(record.find()).isEmpty();
  }

  /** A compiler without optimisation. */
  private static CCompiler hasty() {
    CCompiler best = Presence.compiler();
    List<String> arguments = new ArrayList<>(best.arguments());
    arguments.add("-O0");
    return new CCompiler(
        best.command(), best.version(), arguments, best.environment(), best.limit());
  }
}
