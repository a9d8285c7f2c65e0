package deepseek.store.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.files.DataException;
import deepseek.files.StrictJson;
import deepseek.store.TestFiles;
import deepseek.store.Weights;
import deepseek.store.safetensors.SafetensorsFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A tiny BERT that tools/golden/onnx_encoder.py exported with PyTorch. */
@ExtendWith(LeakCheck.class)
class OnnxEncoderTest {
  private static final int[] LONG_NUMBER = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1};

  @TempDir Path folder;

  private static Path resource(String name) {
    return TestFiles.resource(OnnxEncoderTest.class, name);
  }

  @ParameterizedTest
  @CsvSource({"tiny-bert.onnx,tiny-bert.safetensors", "tiny-bert-q.onnx,tiny-bert-q.safetensors"})
  void weightsHaveTheNamesAndValuesOfTheModel(String onnx, String reference) {
    try (OnnxEncoder encoder = OnnxEncoder.open(resource(onnx));
        SafetensorsFile expected = SafetensorsFile.open(resource(reference));
        Scope scope = Scope.open()) {
      Weights weights = encoder.weights();
      assertThat(weights.names()).containsAll(expected.names());
      weights.prefetch(expected.names());
      for (String name : expected.names()) {
        assertThat(weights.info(name).shape()).as(name).isEqualTo(expected.info(name).shape());
        assertThat(weights.info(name).dtype()).as(name).isEqualTo(DType.FLOAT32);
        assertThat(weights.load(name).shape()).as(name).isEqualTo(expected.load(name).shape());
        assertThat(weights.load(name, DType.FLOAT32, Device.CPU).toFloats())
            .as(name)
            .isEqualTo(expected.load(name).toFloats());
      }
      weights.release(expected.names());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-bert.onnx", "tiny-bert-q.onnx"})
  void infersTheConfiguration(String onnx) {
    ObjectNode expected = StrictJson.object("read", TestFiles.bytes(resource("tiny-bert.json")));
    try (OnnxEncoder encoder = OnnxEncoder.open(resource(onnx))) {
      ObjectNode config = encoder.config();
      for (String field :
          List.of(
              "model_type",
              "vocab_size",
              "hidden_size",
              "num_hidden_layers",
              "num_attention_heads",
              "intermediate_size",
              "max_position_embeddings",
              "type_vocab_size",
              "layer_norm_eps",
              "hidden_act",
              "pad_token_id")) {
        assertThat(config.get(field).asText()).as(field).isEqualTo(expected.get(field).asText());
      }
      assertThat(config.get("architectures").get(0).asText()).isEqualTo("BertModel");
    }
  }

  @Test
  void saysThatAnotherGraphIsNoEncoder() {
    Path file = TestFiles.write(folder.resolve("x.onnx"), ProtoBytes.model().toByteArray());
    try (OnnxEncoder encoder = OnnxEncoder.open(file)) {
      assertThatThrownBy(encoder::config)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("expected tensor 'embeddings.word_embeddings.weight'");
    }
  }

  static Stream<Arguments> badFiles() {
    return Stream.of(
        arguments("a model with a graph, got none", new ProtoBytes()),
        arguments("a field's tag", new ProtoBytes().raw(0, 0)),
        arguments("a wire type of", new ProtoBytes().raw(0x0B)),
        arguments("a wire type of", new ProtoBytes().raw(0x0F)),
        arguments("more bytes at offset", new ProtoBytes().raw(0x3A, 0x7F)),
        arguments("more bytes at offset", new ProtoBytes().raw(0x3A).varint(Long.MAX_VALUE)),
        arguments("18446744073709551615 more bytes", new ProtoBytes().raw(0x3A).varint(-1)),
        arguments("at most 10 bytes", new ProtoBytes().raw(8).raw(LONG_NUMBER)),
        arguments("wire type 2 in field 7", new ProtoBytes().whole(7, 1)),
        arguments("a name below", ProtoBytes.model(new ProtoBytes().text(8, "x".repeat(1 << 17)))),
        arguments("8 bytes for tensor 'w'", ProtoBytes.model(ProtoBytes.tensor("w", 1, 7, 2))),
        arguments("fits memory", ProtoBytes.model(ProtoBytes.tensor("w", 1, 8, 1L << 62))),
        arguments(
            "fits memory", ProtoBytes.model(ProtoBytes.tensor("w", 1, 0, 0, 1L << 40, 1L << 40))),
        arguments("sizes below 2^63", ProtoBytes.model(ProtoBytes.tensor("w", 1, 8, -1))),
        arguments(
            "at most 8 sizes",
            ProtoBytes.model(ProtoBytes.tensor("w", 1, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1))),
        arguments(
            "'w' twice",
            ProtoBytes.model(ProtoBytes.tensor("w", 1, 4, 1), ProtoBytes.tensor("w", 1, 4, 1))),
        arguments(
            "values of tensor 'w'",
            ProtoBytes.model(new ProtoBytes().whole(1, 2).whole(2, 1).text(8, "w"))),
        arguments(
            "1000000 numbers for tensor 'w'",
            ProtoBytes.model(
                new ProtoBytes().whole(1, 1000000).whole(2, 6).text(8, "w").text(5, "ab"))),
        arguments(
            "'w' in a file of its own",
            ProtoBytes.model(new ProtoBytes().text(8, "w").whole(14, 1))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badFiles")
  void refusesBadFiles(String reason, ProtoBytes content) {
    Path file = TestFiles.write(folder.resolve("bad.onnx"), content.toByteArray());
    assertThatThrownBy(() -> OnnxEncoder.open(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(reason)
        .hasMessageMatching("open bad.onnx: expected .*, got .*; .*");
  }

  @Test
  void refusesOrReadsEveryTruncation() {
    byte[] whole = TestFiles.bytes(resource("tiny-bert.onnx"));
    for (int length = 0; length < whole.length; length += 211) {
      Path file = TestFiles.write(folder.resolve("bad.onnx"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> OnnxEncoder.open(file).close()).isInstanceOf(DataException.class);
    }
  }

  @Test
  void saysWhichPartOfAQuantisedWeightIsMissing() {
    ProtoBytes model = ProtoBytes.model(ProtoBytes.tensor("w_quantized", 2, 4, 4));
    Path file = TestFiles.write(folder.resolve("q.onnx"), model.toByteArray());
    try (OnnxEncoder encoder = OnnxEncoder.open(file)) {
      assertThatThrownBy(() -> encoder.weights().load("w"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("'w_scale' with one value, or one to each of 4 columns");
    }
  }
}
