package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.store.Weights;
import deepseek.store.safetensors.SafetensorsFile;
import deepseek.store.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stacks that transformers wrote, and bad ones; what they compute is GoldenParityTest's. */
@ExtendWith(LeakCheck.class)
class StackedExpertWeightsTest {
  @TempDir Path folder;

  private static Weights described(GoldenCase golden) {
    return WeightParameters.described(golden.config(), golden.weights());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen2-moe", "deepseek-v3"})
  void namesShapesAndValuesAreThoseOfSingleExperts(String name) {
    try (Weights single = described(new GoldenCase(name));
        Weights stacked = described(new GoldenCase(name + "-stacked"));
        Scope scope = Scope.open()) {
      Set<String> expected = new TreeSet<>(single.names());
      expected.removeIf(n -> n.startsWith("model.layers.3.")); // not of the network
      assertThat(new TreeSet<>(stacked.names())).isEqualTo(expected);
      for (String tensor : expected) {
        assertThat(stacked.info(tensor)).as(tensor).isEqualTo(single.info(tensor));
        assertThat(stacked.load(tensor).toBytes()).isEqualTo(single.load(tensor).toBytes());
      }
    }
  }

  @Test
  void anExpertInItsOwnTypeIsAViewOfTheStack() {
    try (Weights stacked = described(new GoldenCase("mixtral-stacked"));
        Scope scope = Scope.open()) {
      String expert = "model.layers.0.block_sparse_moe.experts.1.";
      Tensor gate = stacked.load(expert + "w1.weight");
      Tensor up = stacked.load(expert + "w3.weight");
      assertThat(gate.isContiguous()).isTrue();
      assertThat(up.dataAddress() - gate.dataAddress())
          .isEqualTo(stacked.info(expert + "w1.weight").byteSize());
      stacked.prefetch(stacked.names());
      stacked.release(stacked.names());
      assertThat(gate.isFinite().all().itemLong()).isEqualTo(1);
    }
  }

  @Test
  void stackedFp8BlocksAreMultipliedOut() {
    GoldenCase golden = new GoldenCase("deepseek-v3-fp8");
    Path file = folder.resolve("model.safetensors");
    stack(golden, file);
    try (Weights single = described(golden);
        Weights stacked = WeightParameters.described(golden.config(), SafetensorsFile.open(file));
        Scope scope = Scope.open()) {
      String name = "model.layers.2.mlp.experts.3.down_proj.weight";
      assertThat(stacked.load(name, DType.FLOAT32, Device.CPU).toFloats())
          .isEqualTo(single.load(name, DType.FLOAT32, Device.CPU).toFloats());
    }
  }

  /** The down projections of one layer in one tensor, and their scales in another. */
  private static void stack(GoldenCase golden, Path file) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Weights weights = golden.weights();
        Scope scope = Scope.open()) {
      for (String kind : List.of("", "_scale_inv")) {
        List<Tensor> experts = new ArrayList<>();
        for (int e = 0; e < 8; e++) {
          String name = "model.layers.2.mlp.experts." + e + ".down_proj.weight" + kind;
          experts.add(weights.load(name).viewAs(kind.isEmpty() ? DType.UINT8 : DType.FLOAT32));
        }
        Tensor all = Tensor.stack(experts, 0);
        tensors.put(
            "model.layers.2.mlp.experts.down_proj" + kind,
            kind.isEmpty() ? all.viewAs(DType.FLOAT8_E4M3FN) : all);
      }
      SafetensorsWriter.write(file, tensors, Map.of());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"4,6", "4,5,6", "1000000000,2,0", "0,2,2"})
  void whatIsNoStackIsRefused(String shape) {
    long[] dims = List.of(shape.split(",")).stream().mapToLong(Long::parseLong).toArray();
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors =
          Map.of("model.layers.0.mlp.experts.gate_up_proj", Tensor.zeros(dims));
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    assertThatThrownBy(
            () ->
                WeightParameters.described(
                    new GoldenCase("mixtral").config(), SafetensorsFile.open(file)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("expected experts stacked as [E, 2 F, D], got [")
        .hasMessageNotContaining("\n");
  }
}
