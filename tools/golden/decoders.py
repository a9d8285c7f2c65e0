"""Tiny decoder checkpoints and what transformers computes from them."""

import copy
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

import deepseek_moe
import fp8
from fixture import (
    ROOT,
    distance,
    link_weights,
    randomise,
    saved_tensors,
    seed,
    write_json,
    write_tensors,
    write_weights,
)

BATCH, LENGTH, LONG, GREEDY, STEPS, PADS = 2, 12, 40, 16, 8, 5
VOCABULARY, FIRST_PLAIN_ID, EOS = 96, 3, 2
CLEAR_MARGIN = 0.02


@dataclass(frozen=True)
class Case:
    """One folder: a config.json as the hub has it, and either own weights or another case's.

    `sensitive_to` names changes to the config that must move the logits by more than 1e-2: a port that
    ignores the field could otherwise pass.
    """

    name: str
    config: dict
    stored: torch.dtype = torch.bfloat16
    shards: int = 1
    weights_of: str | None = None
    sensitive_to: dict[str, dict] = field(default_factory=dict)
    current_names: bool = False
    """Also write `<name>-current`: the same config under the names that transformers 5 writes."""
    stacked: bool = False
    """Also write `<name>-stacked`: the same model as transformers 5 saves it on request, a layer's experts in two tensors."""
    fp8_block: int | None = None
    surplus: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Tensors the checkpoint has and the model must ignore (multi-token prediction layers)."""
    prompt: int = 0
    """Also a prompt of this many tokens, more than run at a time, and what follows it."""


COMMON = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "hidden_act": "silu",
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": False,
    "bos_token_id": 1,
    "eos_token_id": EOS,
    "pad_token_id": 0,
    "torch_dtype": "bfloat16",
}


def config(model_type: str, architecture: str, **overrides) -> dict:
    return {"architectures": [architecture], "model_type": model_type} | COMMON | overrides


def llama(**overrides) -> dict:
    return config("llama", "LlamaForCausalLM", attention_bias=False, mlp_bias=False, **overrides)


def scaled_llama(**scaling) -> dict:
    # A small base makes all four frequencies of a head of 8 turn within 40 positions.
    positions = scaling.pop("max_position_embeddings", 64)
    return llama(
        torch_dtype="float32", rope_theta=100.0, max_position_embeddings=positions, rope_scaling=scaling
    )


UNSCALED = {"rope scaling dropped": {"rope_scaling": None}}

YARN = {
    "type": "yarn",
    "factor": 4.0,
    "original_max_position_embeddings": 32,
    "beta_fast": 4,
    "beta_slow": 0.1,
}

LATENT = {
    "num_hidden_layers": 3,
    "num_key_value_heads": 4,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 8,
    "v_head_dim": 8,
    "moe_intermediate_size": 12,
    "n_routed_experts": 8,
    "n_shared_experts": 2,
    "num_experts_per_tok": 3,
    "first_k_dense_replace": 1,
    "moe_layer_freq": 1,
    "rms_norm_eps": 1e-6,
    "rope_theta": 100.0,
    "attention_bias": False,
}

DEEPSEEK_V3 = config(
    "deepseek_v3",
    "DeepseekV3ForCausalLM",
    **LATENT
    | {
        "n_shared_experts": 1,
        "q_lora_rank": 16,
        "n_group": 4,
        "topk_group": 2,
        "topk_method": "noaux_tc",
        "scoring_func": "sigmoid",
        "norm_topk_prob": True,
        "routed_scaling_factor": 2.5,
        "num_nextn_predict_layers": 1,
        "max_position_embeddings": 128,
        "rope_scaling": YARN | {"mscale": 1.0, "mscale_all_dim": 1.0},
    },
)

GEMMA3 = config(
    "gemma3_text",
    "Gemma3ForCausalLM",
    num_hidden_layers=4,
    num_key_value_heads=1,
    head_dim=16,
    hidden_activation="gelu_pytorch_tanh",
    rms_norm_eps=1e-6,
    rope_theta=1000.0,
    rope_local_base_freq=20.0,
    query_pre_attn_scalar=10,
    sliding_window=8,
    sliding_window_pattern=3,
    tie_word_embeddings=True,
    attention_bias=False,
    attn_logit_softcapping=None,
    final_logit_softcapping=None,
)

DEEPSEEK_MOE = config(
    "deepseek",
    "DeepseekForCausalLM",
    num_key_value_heads=4,
    num_hidden_layers=3,
    moe_intermediate_size=12,
    n_routed_experts=8,
    n_shared_experts=2,
    num_experts_per_tok=3,
    first_k_dense_replace=1,
    moe_layer_freq=1,
    norm_topk_prob=False,
    scoring_func="softmax",
    attention_bias=False,
    rope_scaling=None,
)

CASES = [
    Case("llama", llama(torch_dtype="float32"), stored=torch.float32),
    Case(
        "llama-tied-bias",
        llama(tie_word_embeddings=True, torch_dtype="float16")
        | {"attention_bias": True, "mlp_bias": True, "head_dim": 12},
        stored=torch.float16,
    ),
    Case(
        "llama-rope-linear",
        scaled_llama(type="linear", factor=4.0),
        weights_of="llama",
        sensitive_to=UNSCALED,
    ),
    Case(
        "llama-rope-dynamic",
        scaled_llama(type="dynamic", factor=2.0, max_position_embeddings=16),
        weights_of="llama",
        sensitive_to=UNSCALED,
    ),
    Case(
        "llama-rope-dynamic-prompt",
        scaled_llama(
            type="dynamic",
            factor=4.0,
            # transformers passes over it in this scaling.
            original_max_position_embeddings=64,
            max_position_embeddings=256,
        ),
        weights_of="llama",
        prompt=530,
    ),
    Case(
        "llama-rope-longrope",
        scaled_llama(
            type="longrope",
            short_factor=[1.0, 1.1, 1.2, 1.3],
            long_factor=[1.5, 2.0, 3.0, 4.0],
            original_max_position_embeddings=16,
        ),
        weights_of="llama",
        sensitive_to=UNSCALED
        | {
            "attention factor ignored": {
                "rope_scaling": {
                    "type": "longrope",
                    "short_factor": [1.0, 1.1, 1.2, 1.3],
                    "long_factor": [1.5, 2.0, 3.0, 4.0],
                    "original_max_position_embeddings": 16,
                    "attention_factor": 1.0,
                }
            }
        },
        current_names=True,
    ),
    Case(
        "llama-rope-llama3",
        scaled_llama(
            rope_type="llama3",
            factor=8.0,
            low_freq_factor=1.0,
            high_freq_factor=4.0,
            original_max_position_embeddings=32,
            max_position_embeddings=256,
        ),
        weights_of="llama",
        sensitive_to=UNSCALED,
        current_names=True,
    ),
    Case(
        "llama-rope-yarn",
        scaled_llama(**YARN, max_position_embeddings=128),
        weights_of="llama",
        sensitive_to=UNSCALED,
        current_names=True,
    ),
    Case(
        "llama-rope-yarn-outer",
        scaled_llama(**YARN | {"original_max_position_embeddings": 64}, max_position_embeddings=128)
        | {"original_max_position_embeddings": 32},
        weights_of="llama",
        sensitive_to={"outer length ignored": {"original_max_position_embeddings": 64}},
    ),
    Case(
        "llama-quick-gelu",
        llama(torch_dtype="float32") | {"hidden_act": "quick_gelu"},
        weights_of="llama",
        sensitive_to={"plain GELU": {"hidden_act": "gelu"}},
    ),
    Case(
        "llama-relu2",
        llama(torch_dtype="float32") | {"hidden_act": "relu2"},
        weights_of="llama",
        sensitive_to={"not squared": {"hidden_act": "relu"}},
    ),
    Case(
        "mistral",
        config("mistral", "MistralForCausalLM", head_dim=16, sliding_window=8),
        shards=2,
        sensitive_to={"window dropped": {"sliding_window": None}, "window off by one": {"sliding_window": 9}},
    ),
    Case(
        "qwen2",
        config(
            "qwen2",
            "Qwen2ForCausalLM",
            num_hidden_layers=3,
            rms_norm_eps=1e-6,
            sliding_window=8,
            use_sliding_window=False,
            max_window_layers=1,
            tie_word_embeddings=True,
        ),
        sensitive_to={"window used": {"use_sliding_window": True}},
    ),
    Case(
        "qwen2-window",
        config(
            "qwen2",
            "Qwen2ForCausalLM",
            num_hidden_layers=3,
            rms_norm_eps=1e-6,
            sliding_window=8,
            use_sliding_window=True,
            max_window_layers=1,
            tie_word_embeddings=True,
        ),
        weights_of="qwen2",
        sensitive_to={
            "window dropped": {"use_sliding_window": False},
            "window in every layer": {"max_window_layers": 0},
            "window in fewer layers": {"max_window_layers": 2},
        },
        current_names=True,
    ),
    Case(
        "qwen3",
        config(
            "qwen3",
            "Qwen3ForCausalLM",
            head_dim=16,
            rms_norm_eps=1e-6,
            attention_bias=False,
            use_sliding_window=False,
            sliding_window=None,
            max_window_layers=2,
        ),
    ),
    Case(
        "qwen2-moe",
        config(
            "qwen2_moe",
            "Qwen2MoeForCausalLM",
            num_hidden_layers=3,
            rms_norm_eps=1e-6,
            moe_intermediate_size=12,
            shared_expert_intermediate_size=20,
            num_experts=6,
            num_experts_per_tok=3,
            norm_topk_prob=False,
            decoder_sparse_step=1,
            mlp_only_layers=[1],
            use_sliding_window=False,
            sliding_window=8,
            max_window_layers=2,
        ),
        sensitive_to={
            "weights renormalised": {"norm_topk_prob": True},
            "two experts": {"num_experts_per_tok": 2},
        },
        stacked=True,
    ),
    Case(
        "qwen3-moe",
        config(
            "qwen3_moe",
            "Qwen3MoeForCausalLM",
            head_dim=16,
            num_hidden_layers=4,
            rms_norm_eps=1e-6,
            moe_intermediate_size=12,
            num_experts=6,
            num_experts_per_tok=3,
            norm_topk_prob=True,
            decoder_sparse_step=2,
            mlp_only_layers=[],
            attention_bias=False,
            use_sliding_window=False,
            sliding_window=None,
            max_window_layers=2,
        ),
        sensitive_to={
            "weights not renormalised": {"norm_topk_prob": False},
            "two experts": {"num_experts_per_tok": 2},
        },
        current_names=True,
    ),
    Case(
        "gemma3",
        GEMMA3,
        sensitive_to={
            "window dropped": {"sliding_window": 64},
            "other pattern": {"sliding_window_pattern": 2},
            "local base ignored": {"rope_local_base_freq": 1000.0},
            "score scale ignored": {"query_pre_attn_scalar": 16},
        },
        current_names=True,
    ),
    Case(
        "gemma3-rope-linear",
        GEMMA3 | {"rope_scaling": {"rope_type": "linear", "factor": 8.0}},
        weights_of="gemma3",
        sensitive_to=UNSCALED,
        current_names=True,
    ),
    Case(
        "mixtral",
        config(
            "mixtral",
            "MixtralForCausalLM",
            intermediate_size=32,
            num_local_experts=4,
            num_experts_per_tok=2,
            sliding_window=None,
        ),
        shards=3,
        sensitive_to={"one expert": {"num_experts_per_tok": 1}},
        stacked=True,
    ),
    Case(
        "deepseek-llm",
        config(
            "llama",
            "LlamaForCausalLM",
            num_key_value_heads=4,
            rms_norm_eps=1e-6,
            pretraining_tp=1,
            rope_scaling=None,
        ),
    ),
    Case(
        "deepseek-moe",
        DEEPSEEK_MOE,
        sensitive_to={
            "weights renormalised": {"norm_topk_prob": True},
            "two experts": {"num_experts_per_tok": 2},
        },
    ),
    Case(
        "deepseek-moe-every-second",
        DEEPSEEK_MOE
        | {"num_hidden_layers": 4, "moe_layer_freq": 2, "norm_topk_prob": True, "num_key_value_heads": 2},
        sensitive_to={"weights not renormalised": {"norm_topk_prob": False}},
    ),
    Case(
        "deepseek-v2",
        config(
            "deepseek_v2",
            "DeepseekV2ForCausalLM",
            **LATENT
            | {
                "q_lora_rank": 16,
                "n_group": 4,
                "topk_group": 2,
                "topk_method": "group_limited_greedy",
                "scoring_func": "softmax",
                "norm_topk_prob": False,
                "routed_scaling_factor": 16.0,
                "max_position_embeddings": 128,
                "rope_scaling": YARN | {"mscale": 1.0, "mscale_all_dim": 0.707},
            },
        ),
        sensitive_to=UNSCALED
        | {
            "score scale ignored": {"rope_scaling": YARN | {"mscale": 1.0, "mscale_all_dim": 0}},
            "groups ignored": {"topk_method": "greedy"},
            "routed scale ignored": {"routed_scaling_factor": 1.0},
        },
    ),
    Case(
        "deepseek-v2-lite",
        config(
            "deepseek_v2",
            "DeepseekV2ForCausalLM",
            **LATENT
            | {
                "q_lora_rank": None,
                "n_group": 1,
                "topk_group": 1,
                "topk_method": "greedy",
                "scoring_func": "softmax",
                "norm_topk_prob": False,
                "routed_scaling_factor": 1.0,
                "max_position_embeddings": 128,
                "rope_scaling": YARN | {"mscale": 0.707, "mscale_all_dim": 0.707},
            },
        ),
        sensitive_to=UNSCALED,
        current_names=True,
    ),
    Case(
        "deepseek-v2-bias",
        config(
            "deepseek_v2",
            "DeepseekV2ForCausalLM",
            **LATENT
            | {
                "num_hidden_layers": 2,
                "q_lora_rank": 16,
                "n_group": 1,
                "topk_group": 1,
                "topk_method": "greedy",
                "scoring_func": "softmax",
                "norm_topk_prob": False,
                "routed_scaling_factor": 1.0,
                "attention_bias": True,
                "mlp_bias": True,
                "rope_scaling": {"type": "linear", "factor": 4.0, "mscale_all_dim": 0.707},
            },
        ),
        sensitive_to={
            "score scale ignored": {"rope_scaling": {"type": "linear", "factor": 4.0}},
        },
    ),
    Case(
        "deepseek-v3",
        DEEPSEEK_V3,
        sensitive_to=UNSCALED
        | {
            "groups ignored": {"n_group": 1, "topk_group": 1},
            "weights not renormalised": {"norm_topk_prob": False},
            "routed scale ignored": {"routed_scaling_factor": 1.0},
            "halves rotated": {"rope_interleave": False},
        },
        surplus={
            "model.layers.3.enorm.weight": (32,),
            "model.layers.3.hnorm.weight": (32,),
            "model.layers.3.eh_proj.weight": (32, 64),
        },
        current_names=True,
        stacked=True,
    ),
    Case(
        "deepseek-v3-halves",
        DEEPSEEK_V3 | {"rope_interleave": False, "rope_scaling": None},
        weights_of="deepseek-v3",
        sensitive_to={"pairs rotated": {"rope_interleave": True}},
    ),
    Case(
        "deepseek-v3-fp8",
        DEEPSEEK_V3
        | {
            "quantization_config": {
                "activation_scheme": "dynamic",
                "fmt": "e4m3",
                "quant_method": "fp8",
                "weight_block_size": [16, 16],
            }
        },
        fp8_block=16,
    ),
]


def hub_config(values: dict):
    return AutoConfig.for_model(**{k: v for k, v in copy.deepcopy(values).items() if k != "architectures"})


def fresh_model(case: Case):
    if case.config["model_type"] == "deepseek":
        return deepseek_moe.build(case.config)
    plain = {k: v for k, v in case.config.items() if k != "quantization_config"}
    return AutoModelForCausalLM.from_config(hub_config(plain), dtype=torch.float32).eval()


def weights_folder(case: Case) -> Path:
    return ROOT / (case.weights_of or case.name)


def load(values: dict, weights: Path, scratch: Path):
    """The model that transformers builds from a config and the committed weight files."""
    if values["model_type"] == "deepseek":
        model = deepseek_moe.build(values)
        state = {}
        for file in sorted(weights.glob("model*.safetensors")):
            state |= load_file(file)
        model.load_state_dict({name: tensor.float() for name, tensor in state.items()})
        return model
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    if "quantization_config" in values:
        values = copy.deepcopy(values)
        block = values.pop("quantization_config")["weight_block_size"][0]
        state = fp8.dequantised(load_file(weights / "model.safetensors"), block)
        save_file(state, scratch / "model.safetensors", metadata={"format": "pt"})
    else:
        link_weights(weights, scratch)
    write_json(scratch / "config.json", values)
    model, info = AutoModelForCausalLM.from_pretrained(
        scratch,
        dtype=torch.float32,
        attn_implementation="eager",
        experts_implementation="eager",
        output_loading_info=True,
    )
    assert not info["missing_keys"] and not info["mismatched_keys"], info
    return model.eval()


def make_weights(case: Case, scratch: Path) -> None:
    model = fresh_model(case)
    origin = "deepseek-v3" if case.fp8_block else case.name
    randomise(model, origin, case.stored, zero_centred_norms=case.config["model_type"].startswith("gemma"))
    if case.config["model_type"] == "deepseek":
        tensors = {name: tensor.to(case.stored) for name, tensor in model.state_dict().items()}
    else:
        tensors = saved_tensors(model, scratch, case.stored)
    generator = seed(case.name + " surplus")
    for name, shape in case.surplus.items():
        tensors[name] = torch.randn(shape, generator=generator).to(case.stored)
    if case.fp8_block:
        tensors = fp8.quantised(tensors, case.fp8_block)
    write_weights(ROOT / case.name, tensors, case.shards)


def positions(mask: torch.Tensor) -> torch.Tensor:
    return (mask.cumsum(-1) - 1).clamp(min=0)


def forward(model, ids, mask=None, past=None):
    mask = torch.ones_like(ids) if mask is None else mask
    where = positions(mask)[:, -ids.shape[1] :]
    return model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=where,
        past_key_values=past,
        use_cache=True,
        output_hidden_states=True,
    )


def decode(model, ids) -> torch.Tensor:
    """Logits of the last STEPS tokens, fed one by one through the cache after the others came at once."""
    first = ids.shape[1] - STEPS
    out, logits = forward(model, ids[:, :first]), []
    for end in range(first + 1, ids.shape[1] + 1):
        out = forward(model, ids[:, end - 1 : end], torch.ones_like(ids[:, :end]), out.past_key_values)
        logits.append(out.logits)
    return torch.cat(logits, dim=1)


def greedy(model, ids, mask=None) -> tuple[torch.Tensor, float]:
    """Greedy continuation and the smallest lead that a chosen token had over the next."""
    mask = torch.ones_like(ids) if mask is None else mask
    step, past, chosen, lead = ids, None, [], float("inf")
    for _ in range(GREEDY):
        out = forward(model, step, mask, past)
        best = out.logits[:, -1].topk(2, dim=-1)
        lead = min(lead, (best.values[:, 0] - best.values[:, 1]).min().item())
        step, past = best.indices[:, :1], out.past_key_values
        chosen.append(step)
        mask = torch.cat([mask, torch.ones_like(step)], dim=1)
    return torch.cat(chosen, dim=1), lead


def prompt(name: str, attempt: int, batch: int, length: int) -> torch.Tensor:
    generator = seed(f"{name} prompt {attempt}")
    return torch.randint(FIRST_PLAIN_ID, VOCABULARY, (batch, length), generator=generator)


def clear_prompts(model, name: str):
    """Prompts whose greedy continuation does not hang on a rounding error and meets no end token."""
    for attempt in range(200):
        ids = prompt(name, attempt, BATCH, LENGTH)
        padded, mask = ids.clone(), torch.ones_like(ids)
        padded[0, :PADS], mask[0, :PADS] = 0, 0
        plain_out, plain_lead = greedy(model, ids)
        padded_out, padded_lead = greedy(model, padded, mask)
        ends = (plain_out == EOS).any() or (padded_out == EOS).any()
        if min(plain_lead, padded_lead) > CLEAR_MARGIN and not ends:
            return ids, plain_out, padded, mask, padded_out
    raise AssertionError(f"{name}: no prompt with a clear greedy continuation")


def long_prompt(model, case: Case) -> dict[str, torch.Tensor]:
    """Logits of the last STEPS tokens of a prompt that comes at once, and its greedy continuation."""
    for attempt in range(200):
        ids = prompt(case.name + " prompt", attempt, 1, case.prompt)
        generated, lead = greedy(copy.deepcopy(model), ids)
        if lead > CLEAR_MARGIN and not (generated == EOS).any():
            break
    else:
        raise AssertionError(f"{case.name}: no long prompt with a clear greedy continuation")
    logits = forward(copy.deepcopy(model), ids).logits[:, -STEPS:]
    parts = copy.deepcopy(model)
    first = forward(parts, ids[:, :512])
    last = forward(parts, ids[:, 512:], torch.ones_like(ids), first.past_key_values).logits[:, -STEPS:]
    moved = distance(last, logits)
    assert moved > 1e-2, f"{case.name}: parts of the prompt move the logits by {moved} only"
    return {"prompt.input_ids": ids, "prompt.logits": logits, "prompt.generated": generated}


def make_reference(case: Case, scratch: Path) -> None:
    model = load(case.config, weights_folder(case), scratch)
    ids, generated, padded, mask, padded_generated = clear_prompts(model, case.name)
    long_ids = prompt(case.name + " long", 0, 1, LONG)

    out = forward(model, ids)
    padded_out = forward(model, padded, mask)
    long_out = forward(model, long_ids)
    reference = {
        "input_ids": ids,
        "logits": out.logits,
        "hidden": out.hidden_states[-1],
        "decode_logits": decode(model, ids),
        "generated": generated,
        "padded.input_ids": padded,
        "padded.attention_mask": mask,
        "padded.logits": padded_out.logits * mask.unsqueeze(-1),
        "padded.generated": padded_generated,
        "long.input_ids": long_ids,
        "long.logits": long_out.logits,
        "long.decode_logits": decode(model, long_ids),
    }
    if case.prompt:
        reference |= long_prompt(model, case)
    write_tensors(ROOT / case.name / "reference.safetensors", reference)
    check(case, model, reference, scratch)


def check(case: Case, model, reference: dict, scratch: Path) -> None:
    """The fixture tells right from wrong: cache agrees, rounding is harmless, ignored fields show."""
    scaling = case.config.get("rope_scaling") or {}
    # Cached keys keep the frequencies of their time.
    follows_length = scaling.get("type") in ("dynamic", "longrope")
    if not follows_length:
        for part in ("", "long."):
            prefill = reference[part + "logits"][:, -STEPS:]
            assert distance(reference[part + "decode_logits"], prefill) < 2e-5, case.name
    for change, overrides in case.sensitive_to.items():
        other = load(case.config | overrides, weights_folder(case), scratch)
        moved = distance(forward(other, reference["long.input_ids"]).logits, reference["long.logits"])
        assert moved > 1e-2, f"{case.name}: {change} moves the logits by {moved} only"
        print(f"    {change}: {moved:.2f}")
    rounding = distance(forward(model.double(), reference["long.input_ids"]).logits, reference["long.logits"])
    assert rounding < 2e-5, f"{case.name}: float32 is {rounding} away from float64"


def write_current_names(case: Case, scratch: Path) -> None:
    folder = ROOT / f"{case.name}-current"
    model = load(case.config, weights_folder(case), scratch)
    model.config.save_pretrained(scratch / "config")
    values = json.loads((scratch / "config/config.json").read_text())
    values.pop("transformers_version")
    write_json(folder / "config.json", values)
    write_json(folder / "case.json", {"weights": weights_folder(case).name, "reference": case.name})
    again = load(values, weights_folder(case), scratch)
    ids = prompt(case.name + " long", 0, 1, LONG)
    assert distance(forward(again, ids).logits, forward(model, ids).logits) == 0.0, folder.name


def write_stacked(case: Case, scratch: Path) -> None:
    folder = ROOT / f"{case.name}-stacked"
    model = load(case.config, weights_folder(case), scratch)
    model.save_pretrained(scratch / "stacked", save_original_format=False)
    tensors = load_file(scratch / "stacked/model.safetensors")
    write_weights(folder, {name: tensor.to(case.stored) for name, tensor in tensors.items()})
    values = json.loads((scratch / "stacked/config.json").read_text())
    values.pop("transformers_version")
    write_json(folder / "config.json", values)
    write_json(folder / "case.json", {"reference": case.name})
    ids = prompt(case.name + " long", 0, 1, LONG)
    again = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager"
    )
    assert distance(forward(again, ids).logits, forward(model, ids).logits) == 0.0, folder.name


@torch.no_grad()
def make(case: Case, scratch: Path) -> None:
    print(f"  {case.name}")
    write_json(ROOT / case.name / "config.json", case.config)
    if case.weights_of:
        write_json(ROOT / case.name / "case.json", {"weights": case.weights_of})
    else:
        make_weights(case, scratch)
    make_reference(case, scratch)
    if case.current_names:
        write_current_names(case, scratch)
    if case.stacked:
        write_stacked(case, scratch)
