package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.kernel.cpu.CompiledKernels;
import deepseek.kernel.cpu.CpuTuning;
import deepseek.kernel.cpu.ProductWorkload;
import deepseek.kernel.cpu.WeightFormat;
import deepseek.kernel.cpu.WeightOperand;
import deepseek.kernel.tune.Knob;
import deepseek.kernel.tune.Measured;
import deepseek.kernel.tune.ProductTuner;
import deepseek.kernel.tune.TunedKnob;
import deepseek.models.ModelOptions;
import deepseek.models.QuantizationConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProductTuningTest {
  private static final WeightOperand FORM = new WeightOperand(WeightFormat.INT4, 0, 128, 64);
  private static final ProductTuner.Found FOUND =
      new ProductTuner.Found(
          CpuTuning.USUAL.with(CpuTuning.Choice.AHEAD, 512),
          List.of(
              new TunedKnob(
                  Knob.AHEAD,
                  List.of(
                      new TunedKnob.Case(
                          ProductWorkload.Kind.DENSE, FORM, 1, List.of(2000.0, 1500.0))),
                  List.of(
                      new Measured(2048, 1.0, 0.01, true),
                      new Measured(512, 0.75, 0.02, true),
                      new Measured(1024, 0.5, 0.02, false)),
                  512)));

  @Test
  void aModelsWeightsAreThoseOfItsPlan() {
    CompiledKernels.require();
    ModelOptions packed = ModelOptions.defaults().withQuantization(QuantizationConfig.INT8);
    assertThat(ProductTuning.of(Models.WITHOUT_TOKENIZER, packed))
        .contains(
            new WeightOperand(WeightFormat.INT8, 0, 32, 48),
            new WeightOperand(WeightFormat.INT8, 0, 48, 32),
            new WeightOperand(WeightFormat.INT8, 0, 32, 16))
        .doesNotHaveDuplicates()
        .anyMatch(form -> form.out() == 96)
        .allMatch(form -> form.address() == 0);
  }

  @Test
  void theTableShowsEachCaseAndTheChoice() {
    StringWriter text = new StringWriter();
    ProductTuning.table(FOUND, new PrintWriter(text));
    assertThat(text.toString())
        .contains("bytes fetched ahead, us", "int4 64x128, 1 row", "2.0      1.5")
        .contains("chosen: 512, 1.33 times as fast", "1024 gives another result")
        .contains("ahead=512 far=", "chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=");
    assertThat(text.toString().lines()).allMatch(line -> line.length() <= 100);
  }

  @Test
  void aLineHasTheSame() {
    assertThat(ProductTuning.line(FOUND).toString())
        .contains("\"ahead\":512", "\"knob\":\"ahead\"", "\"median_ns\":[2000.0,1500.0]")
        .contains("\"share\":0.75", "\"agrees\":false");
  }
}
