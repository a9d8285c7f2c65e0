package deepseek.models.decoder;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.DeepseekException;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.GoldenCase;
import deepseek.models.ModelOptions;
import deepseek.store.Weights;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A config that contradicts itself or the weights gets one line that says where. */
@ExtendWith(LeakCheck.class)
class ContradictionTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
llama        | {"hidden_size": 64}                  | model.embed_tokens.weight': expected shape [96, 64]
llama        | {"vocab_size": 2147483647}           | expected shape [2147483647, 32] as the config says, got [96, 32]
llama        | {"intermediate_size": 2147483647}    | gate_proj.weight': expected shape [2147483647, 32]
llama        | {"num_hidden_layers": 3}             | expected weights of 3 layers, as num_hidden_layers says
llama        | {"num_hidden_layers": 2147483647}    | none named model.layers.2147483646.*
llama        | {"num_attention_heads": 5}           | num_attention_heads to be a divisor of hidden_size 32 where head_dim is absent, got 5
llama        | {"num_key_value_heads": 3}           | num_key_value_heads to be a divisor of num_attention_heads 4, got 3
llama        | {"hidden_size": 30}                  | num_attention_heads to be a divisor of hidden_size 30
llama        | {"head_dim": 7}                      | head_dim to be an even number
llama        | {"head_dim": 2147483646}             | q_proj.weight': expected shape [8589934584, 32]
llama        | {"hidden_size": 3000000000}          | hidden_size to be a whole number from 1 to 2147483647, got 3000000000
llama        | {"hidden_size": null}                | hidden_size to be a value, got no such field
llama        | {"hidden_size": "32"}                | hidden_size to be a whole number
llama        | {"num_hidden_layers": -1}            | num_hidden_layers to be a whole number from 1
llama        | {"hidden_act": "selu"}               | read activation: expected hidden_act to be silu
llama        | {"hidden_act": "mish"}               | read activation: expected hidden_act to be silu
llama        | {"rms_norm_eps": "tiny"}             | rms_norm_eps to be a finite number
llama        | {"rope_scaling": {"type": "spiral"}} | rope_type to be default, linear, dynamic, llama3, yarn or longrope, got 'spiral'
llama        | {"rope_scaling": {"type": "linear"}} | factor to be a value, got no such field
llama        | {"rope_scaling": {"type": "linear", "factor": 0}} | factor to be a number above 0
llama        | {"rope_scaling": {"type": "linear", "factor": 2, "partial_rotary_factor": 0.5}} | partial_rotary_factor to be 1, got 0.5
llama        | {"rope_scaling": {"type": "linear", "factor": 2}, "partial_rotary_factor": 0.5} | partial_rotary_factor to be 1, got 0.5
llama        | {"rope_scaling": {"type": "longrope", "short_factor": [1, 1], "long_factor": [1, 1, 1, 1]}} | the length of short_factor to be 4, got 2
llama        | {"rope_scaling": {"type": "longrope", "short_factor": [1, 1, 1, 1]}} | the length of long_factor to be 4, got 0
llama        | {"rope_scaling": {"type": "longrope", "short_factor": [1, 1, 1, 0], "long_factor": [1, 1, 1, 1]}} | each short_factor to be a number above 0, got 0.0
qwen2        | {"rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 2}}} | full_attention to be absent
llama        | {"attention_bias": true}             | q_proj.bias
llama        | {"model_type": "mamba"}              | one of deepseek, deepseek_v2, deepseek_v3, gemma3
llama        | {"quantization_config": {"quant_method": "gptq"}} | quant_method to be fp8 with a weight_block_size of two numbers, got 'gptq'
llama        | {"quantization_config": {"quant_method": "fp8"}}  | got 'fp8' without it
qwen2        | {"layer_types": ["full_attention"]} | layer_types to be as long as num_hidden_layers 3
qwen2        | {"layer_types": ["a", "b", "c"]}    | layer_types to be full_attention or sliding_attention, got 'a'
qwen3        | {"head_dim": null}                   | expected shape [32, 32] as the config says, got [64, 32]
gemma3       | {"final_logit_softcapping": 30}      | final_logit_softcapping to be null, as in Gemma 3, got 30
gemma3       | {"attn_logit_softcapping": 30}       | attn_logit_softcapping to be null, as in Gemma 3, got 30
gemma3       | {"hidden_activation": "mish"}        | expected hidden_activation to be silu
mixtral      | {"num_local_experts": 2147483647}    | gate.weight': expected shape [2147483647, 32]
mixtral      | {"num_experts_per_tok": 9}           | expected num_experts_per_tok from 1 to the number of experts, 4, got 9
deepseek-moe | {"scoring_func": "sigmoid"}          | scoring_func to be softmax, got 'sigmoid'
deepseek-v2  | {"topk_method": "noaux_tc"}          | topk_method to be greedy or group_limited_greedy, got 'noaux_tc'
deepseek-v2  | {"n_group": 3}                       | expected n_group to divide n_routed_experts 8
deepseek-v2  | {"topk_group": 1}                    | so that topk_group 1 groups offer num_experts_per_tok 3, got 4 groups
deepseek-v2  | {"topk_group": 5}                    | expected topk_group from 1 to n_group 4, got 5
deepseek-v3  | {"n_group": 8, "topk_group": 4}      | expected groups of at least 2 experts, got 1
deepseek-v3  | {"kv_lora_rank": 2147483647}         | kv_a_proj_with_mqa.weight': expected shape [2147483655, 32]
deepseek-v3  | {"num_experts_per_tok": 9}           | num_experts_per_tok to be at most n_routed_experts 8, got 9
mixtral-stacked | {"num_local_experts": 5}          | gate.weight': expected shape [5, 32]
mixtral-stacked | {"intermediate_size": 33}          | w1.weight': expected shape [33, 32] as the config says, got [32, 32]
deepseek-v3-fp8 | {"quantization_config": null}     | quantization_config describes, got packed ones
deepseek-v3-fp8 | {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}} | expected a scale [1, 1] for [16, 32] in blocks of 128x128, got [1, 2]
deepseek-v3-fp8 | {"quantization_config": {"quant_method": "fp8", "weight_block_size": [0, 16]}} | weight_block_size to be numbers from 1
""")
  void aConfigThatContradictsGetsOneLine(String name, String changes, String message) {
    ObjectNode json = new GoldenCase(name).config().json().setAll(object(changes));
    assertThatThrownBy(
            () -> run(new ConfigJson("config.json", json), new GoldenCase(name).weights()))
        .isInstanceOf(DeepseekException.class)
        .hasMessageContaining(message)
        .hasMessageMatching("[^\\n]+: expected [^\\n]+, got [^\\n]+; [^\\n]+");
  }

  @Test
  void aMissingTensorIsNamed(@TempDir Path folder) {
    String missing = "model.layers.1.mlp.up_proj.weight";
    Weights weights = new GoldenCase("llama").renamed(folder, n -> n.equals(missing) ? "" : n);
    assertThatThrownBy(() -> run(new GoldenCase("llama").config(), weights))
        .isInstanceOf(DeepseekException.class)
        .hasMessageContaining("expected tensor '" + missing + "'")
        .hasMessageNotContaining("\n");
  }

  @Test
  void aTensorPackedByAnotherToolIsRefused(@TempDir Path folder) {
    Weights weights =
        new GoldenCase("llama")
            .renamed(folder, n -> n.replace("1.mlp.up_proj.w", "1.mlp.up_proj.qw"));
    assertThatThrownBy(() -> run(new GoldenCase("llama").config(), weights))
        .isInstanceOf(DeepseekException.class)
        .hasMessageContaining("got packed ones, with 'model.layers.1.mlp.up_proj.qweight'")
        .hasMessageNotContaining("\n");
  }

  private static void run(ConfigJson config, Weights weights) {
    try (weights;
        var decoder = GoldenCase.decoder(config, weights, ModelOptions.defaults());
        var scope = Scope.open()) {
      decoder.forward(Tensor.zeros(DType.INT64, Device.CPU, 1, 2));
    }
  }

  private static ObjectNode object(String json) {
    try {
      return (ObjectNode) JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
