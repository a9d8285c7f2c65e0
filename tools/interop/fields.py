"""Changes config.json field by field and writes what transformers computes then.

Needs the PyPI packages of requirements.txt; called by models' ConfigFieldsTest:

    python tools/interop/fields.py [-v] FOLDER [FAMILY...]

For each family a tiny model is made; then each field of its config class, and each that files on the
hub have beside these, is changed, set to null and left out. FOLDER gets a folder for each change that
transformers accepts (-v tells of the others): config.json, weights that fit it, reference.safetensors
and change.json, which has the family, the change, and whether it is harmless: the outputs are those
without it.

A decoder's reference: `input_ids` [1, 40], `logits` of all at once, and `decode_logits` [1, 6, V] of the
last six fed one by one. An encoder's: `input_ids`, `attention_mask`, `hidden` [2, 12, D].
"""

import copy
import dataclasses
import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM
from transformers.activations import ACT2FN
from transformers.utils import logging

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))
import deepseek_moe  # noqa: E402
from decoders import DEEPSEEK_MOE, DEEPSEEK_V3, GEMMA3, LATENT, config, llama  # noqa: E402
from fixture import randomise  # noqa: E402

LENGTH, STEPS = 40, 6
ABSENT = "(absent)"

WINDOWED = {"sliding_window": 8, "use_sliding_window": True, "max_window_layers": 1, "num_hidden_layers": 3}
MIXTURE = {"moe_intermediate_size": 12, "num_experts": 6, "num_experts_per_tok": 3, "norm_topk_prob": False}
ENCODER = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "hidden_act": "gelu",
    "max_position_embeddings": 32,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-5,
    "pad_token_id": 1,
}
V2 = LATENT | {
    "q_lora_rank": 16,
    "n_group": 4,
    "topk_group": 2,
    "topk_method": "group_limited_greedy",
    "scoring_func": "softmax",
    "norm_topk_prob": False,
    "routed_scaling_factor": 2.0,
    "mlp_bias": False,
}
FAMILIES = {
    "llama": llama(rope_theta=100.0),
    "mistral": config("mistral", "MistralForCausalLM", rope_theta=100.0, head_dim=16, sliding_window=8),
    "qwen2": config("qwen2", "Qwen2ForCausalLM", rope_theta=100.0, **WINDOWED),
    "qwen3": config("qwen3", "Qwen3ForCausalLM", rope_theta=100.0, head_dim=16, **WINDOWED),
    "qwen2_moe": config(
        "qwen2_moe",
        "Qwen2MoeForCausalLM",
        rope_theta=100.0,
        shared_expert_intermediate_size=20,
        **WINDOWED | MIXTURE | {"max_window_layers": 2},
    ),
    "qwen3_moe": config(
        "qwen3_moe", "Qwen3MoeForCausalLM", rope_theta=100.0, head_dim=16, **WINDOWED | MIXTURE
    ),
    "gemma3_text": GEMMA3,
    "mixtral": config(
        "mixtral",
        "MixtralForCausalLM",
        rope_theta=100.0,
        head_dim=16,
        num_local_experts=4,
        num_experts_per_tok=2,
    ),
    "deepseek_v2": config("deepseek_v2", "DeepseekV2ForCausalLM", **V2),
    "deepseek_v3": DEEPSEEK_V3
    | {"rope_scaling": None, "num_nextn_predict_layers": 0, "max_position_embeddings": 64},
    "deepseek": DEEPSEEK_MOE | {"rope_theta": 100.0},
    "bert": {"architectures": ["BertModel"], "model_type": "bert"} | ENCODER,
    "roberta": {"architectures": ["RobertaModel"], "model_type": "roberta"} | ENCODER,
    "xlm-roberta": {"architectures": ["XLMRobertaModel"], "model_type": "xlm-roberta"} | ENCODER,
}
ENCODERS = ("bert", "roberta", "xlm-roberta")

ACTIVATIONS = [name for name in ACT2FN if name not in ("prelu", "xielu")]  # these two have parameters

# Fields whose other values don't follow from the one that is there.
VALUES = {
    "hidden_act": ACTIVATIONS,
    "hidden_activation": ACTIVATIONS,
    "num_attention_heads": [2, 8],
    "num_key_value_heads": [1, 4],
    "hidden_size": [48],
    "head_dim": [8, 12],
    "pad_token_id": [0, 1, 5],
    "sliding_window": [4, 16],
    "topk_method": ["greedy", "group_limited_greedy", "noaux_tc"],
    "scoring_func": ["softmax", "sigmoid"],
    "q_lora_rank": [8],
    "moe_intermediate_size": [24, 8],
    "mlp_only_layers": [[], [0], [0, 1]],
    "n_group": [1, 2, 8],
    "topk_group": [1, 2, 4],
    "moe_layer_freq": [1],
    "n_shared_experts": [1, 2],
    "position_embedding_type": ["absolute", "relative_key"],
    "attn_logit_softcapping": [1.0],
    "final_logit_softcapping": [1.0],
    "partial_rotary_factor": [0.5, 1.0],
    "original_max_position_embeddings": [16],
    "attention_dropout": [0.5],
    "dtype": ["float16"],
    "torch_dtype": ["float16"],
}

# Fields that files on the hub have, of this family or of another.
BESIDE = [
    "attention_bias",
    "attn_logit_softcapping",
    "final_logit_softcapping",
    "head_dim",
    "hidden_activation",
    "is_decoder",
    "mlp_bias",
    "moe_layer_freq",
    "n_shared_experts",
    "norm_topk_prob",
    "original_max_position_embeddings",
    "partial_rotary_factor",
    "position_embedding_type",
    "qkv_bias",
    "rope_interleave",
    "rope_local_base_freq",
    "rope_theta",
    "scoring_func",
    "sliding_window",
    "sliding_window_pattern",
    "topk_method",
    "torch_dtype",
    "use_bidirectional_attention",
    "use_sliding_window",
]
FLAGS = ["attention_bias", "mlp_bias", "qkv_bias", "norm_topk_prob", "rope_interleave", "is_decoder"]
FLAGS += ["use_bidirectional_attention", "use_sliding_window"]

# Fields of deepseek_moe.py, which has no config class.
DEEPSEEK = [
    "attention_bias",
    "first_k_dense_replace",
    "head_dim",
    "hidden_size",
    "intermediate_size",
    "moe_intermediate_size",
    "n_routed_experts",
    "n_shared_experts",
    "norm_topk_prob",
    "num_attention_heads",
    "num_experts_per_tok",
    "num_key_value_heads",
    "rms_norm_eps",
    "rope_theta",
    "tie_word_embeddings",
]

# What tells of training, of what is returned or of other programs; some would take a model apart.
PASSED_OVER = {
    "_name_or_path",
    "architectures",
    "chunk_size_feed_forward",
    "id2label",
    "is_encoder_decoder",
    "label2id",
    "model_type",
    "output_hidden_states",
    "return_dict",
    "rope_parameters",
    "transformers_version",
}


def values_of(name: str, now) -> list:
    if name in VALUES:
        return VALUES[name]
    if isinstance(now, bool) or name in FLAGS:
        return [True, False]
    if isinstance(now, int):
        return [now * 2, max(1, now // 2)]
    if isinstance(now, float):
        return [now * 2 + 0.25, now / 2]
    return []


def rotary_pairs(values: dict) -> int:
    whole = values.get("qk_rope_head_dim") or values.get("head_dim")
    return (whole or values["hidden_size"] // values["num_attention_heads"]) // 2


def long_rope(values: dict, **more) -> dict:
    pairs = rotary_pairs(values)
    return {
        "rope_type": "longrope",
        "short_factor": [1.0 + 0.1 * i for i in range(pairs)],
        "long_factor": [2.0 + 0.5 * i for i in range(pairs)],
    } | more


LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
YARN = {"rope_type": "yarn", "factor": 4.0, "beta_fast": 4, "beta_slow": 0.1}


def rope_changes(values: dict) -> list[dict]:
    """Of rope_scaling and what belongs to it, under old names and new ones."""
    inside = {"original_max_position_embeddings": 16}
    long = long_rope(values)
    scalings = [
        {"type": "linear", "factor": 4.0},
        {"rope_type": "linear", "factor": 4.0},
        {"rope_type": "linear", "factor": 4.0, "partial_rotary_factor": 0.5},
        {"rope_type": "linear", "factor": 4.0, "mscale_all_dim": 1.0},
        {"rope_type": "linear", "factor": 4.0, "rope_theta": 50.0},
        {"rope_type": "default", "rope_theta": 50.0},
        {"rope_type": "default", "factor": 4.0, "mscale_all_dim": 1.0},
        {"rope_type": "dynamic", "factor": 2.0, "mscale_all_dim": 1.0},
        {"rope_type": "proportional", "factor": 2.0, "partial_rotary_factor": 0.5},
        LLAMA3,
        LLAMA3 | inside,
        LLAMA3 | inside | {"mscale_all_dim": 1.0},
        YARN,
        YARN | inside,
        YARN | inside | {"attention_factor": 1.3},
        YARN | inside | {"mscale": 1.0, "mscale_all_dim": 0.707},
        YARN | inside | {"mscale": 0.5},
        YARN | inside | {"mscale_all_dim": 0.5},
        YARN | inside | {"truncate": False},
        YARN | inside | {"factor": None},
        {"rope_type": "yarn", "factor": 4.0, "beta_fast": None} | inside,
        long,
        long | inside,
        long | {"original_max_position_embeddings": 38},
        long | inside | {"factor": 3.0},
        long | inside | {"attention_factor": 1.2},
        long | inside | {"factor": 3.0, "mscale_all_dim": 1.0},
    ]
    changes = [{"rope_scaling": s} for s in scalings] + [{"rope_parameters": s} for s in scalings]
    outer = {"original_max_position_embeddings": 12}
    of_length = (LLAMA3 | inside, YARN | inside, long | inside, LLAMA3, YARN, long)
    changes += [{"rope_scaling": s} | outer for s in of_length]
    changes += [{"rope_parameters": s, "rope_theta": ABSENT} for s in (LLAMA3, YARN | inside, scalings[0])]
    changes += [{"rope_parameters": {"rope_type": "default"}, "rope_theta": ABSENT}, {"rope_theta": ABSENT}]
    dynamic = {"rope_type": "dynamic", "factor": 2.0}
    for positions in (16, 37, 39):
        changes.append({"rope_scaling": dynamic, "max_position_embeddings": positions})
    short = {"max_position_embeddings": 16}
    changes.append({"rope_scaling": dynamic | {"original_max_position_embeddings": 8}} | short)
    changes.append({"rope_scaling": dynamic} | short | outer)
    changes.append({"rope_scaling": scalings[0], "rope_parameters": {"rope_type": "linear", "factor": 2.0}})
    changes.append({"rope_scaling": {}, "rope_parameters": {"rope_type": "linear", "factor": 2.0}})
    changes.append({"rope_scaling": scalings[0], "partial_rotary_factor": 0.5})
    full = scalings[1] | {"rope_theta": 50.0}
    by_type = {"full_attention": full, "sliding_attention": {"rope_type": "default"}}
    changes.append({"rope_parameters": by_type})
    changes.append({"rope_parameters": by_type, "rope_scaling": {"rope_type": "linear", "factor": 2.0}})
    changes.append({"rope_parameters": by_type | {"full_attention": YARN | inside | {"truncate": False}}})
    changes.append({"rope_parameters": by_type | {"sliding_attention": LLAMA3 | inside}} | outer)
    return changes


def layer_changes(values: dict) -> list[dict]:
    count = values["num_hidden_layers"]
    mixed = ["sliding_attention" if i % 2 else "full_attention" for i in range(count)]
    listed = [mixed, mixed[1:] + mixed[:1], ["full_attention"] * count, ["sliding_attention"] * count]
    changes = [{"layer_types": types} for types in listed]
    changes += [{"layer_types": types, "use_sliding_window": False} for types in listed]
    return changes + [{"layer_types": types, "sliding_window": 8} for types in listed]


def changes_of(family: str, values: dict) -> list[dict]:
    if family == "deepseek":
        fields = dict.fromkeys(DEEPSEEK)
    else:
        fields = {f.name: f for f in dataclasses.fields(type(hub_config(values)))}
        fields |= dict.fromkeys(BESIDE)
    changes: list[dict] = [{}]
    for name in fields:
        if name in PASSED_OVER or name.startswith("_"):
            continue
        now = values.get(name)
        others = values_of(name, getattr(fields[name], "default", None) if now is None else now)
        changes += [{name: value} for value in others if value != now]
        if name in values and family != "deepseek":
            changes += [{name: None}, {name: ABSENT}]
    if family not in ENCODERS:
        changes += [c for c in rope_changes(values) if family != "deepseek" or knows_deepseek(c)]
        changes += [] if family == "deepseek" else layer_changes(values)
    return changes


def knows_deepseek(change: dict) -> bool:
    """Whether the code published with DeepSeek-MoE has such a scaling."""
    return "dynamic" in str(change) or "linear" in str(change)


def changed(values: dict, change: dict) -> dict:
    whole = copy.deepcopy(values) | copy.deepcopy(change)
    return {name: value for name, value in whole.items() if value != ABSENT}


def hub_config(values: dict):
    return AutoConfig.for_model(**{k: v for k, v in copy.deepcopy(values).items() if k != "architectures"})


def auto_class(values: dict):
    return AutoModel if values["model_type"] in ENCODERS else AutoModelForCausalLM


def fresh_model(values: dict):
    if values["model_type"] == "deepseek":
        return deepseek_moe.build(copy.deepcopy(values))
    parameters = hub_config(values)
    for size in ("hidden_size", "intermediate_size", "moe_intermediate_size", "vocab_size", "kv_lora_rank"):
        assert getattr(parameters, size, 0) < 2000, f"{size} of a whole model"
    assert getattr(parameters, "num_hidden_layers", 0) < 12, "layers of a whole model"
    return auto_class(values).from_config(parameters, dtype=torch.float32)


def save(folder: pathlib.Path, values: dict) -> None:
    """A folder as the hub has it: random weights, always the same for the same shapes, and the config."""
    model = fresh_model(values)
    randomise(model, "fields", torch.float32, zero_centred_norms=values["model_type"].startswith("gemma"))
    model.save_pretrained(folder)
    for stray in folder.glob("*.json"):
        stray.unlink()
    (folder / "config.json").write_text(json.dumps(values))


def open_model(folder: pathlib.Path, values: dict):
    if values["model_type"] == "deepseek":
        model = deepseek_moe.build(copy.deepcopy(values))
        state = load_file(folder / "model.safetensors")
        model.load_state_dict(state, strict=not model.config.tie_word_embeddings)
        return model
    kwargs = {"dtype": torch.float32, "attn_implementation": "eager"}
    return auto_class(values).from_pretrained(folder, **kwargs).eval()


@torch.no_grad()
def decoder_reference(model) -> dict:
    ids = torch.randint(3, 90, (1, LENGTH), generator=torch.Generator().manual_seed(5))
    again = copy.deepcopy(model)  # a model remembers the longest text that it turned
    whole = model(ids).logits
    step = again(ids[:, : LENGTH - STEPS], use_cache=True)
    steps = []
    for at in range(LENGTH - STEPS, LENGTH):
        step = again(ids[:, at : at + 1], past_key_values=step.past_key_values, use_cache=True)
        steps.append(step.logits)
    reference = {"input_ids": ids, "logits": whole, "decode_logits": torch.cat(steps, 1)}
    rope = str(model.config.rope_parameters)
    follows_length = "dynamic" in rope or "longrope" in rope
    apart = (reference["decode_logits"] - whole[:, -STEPS:]).abs().max()
    # Where the cache takes a window that the layers don't know.
    assert follows_length or apart < 1e-3, f"transformers is {apart} away from itself"
    return reference


@torch.no_grad()
def encoder_reference(model) -> dict:
    ids = torch.randint(6, 90, (2, 12), generator=torch.Generator().manual_seed(5))
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    pad = model.config.pad_token_id
    ids[1, 7:] = 1 if pad is None else pad
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    return {"input_ids": ids, "attention_mask": mask, "hidden": hidden * mask.unsqueeze(-1)}


def write(folder: pathlib.Path, family: str, values: dict, change: dict, plain: dict | None) -> dict:
    whole = changed(values, change)
    save(folder, whole)
    model = open_model(folder, whole)
    reference = encoder_reference(model) if family in ENCODERS else decoder_reference(model)
    out = "hidden" if family in ENCODERS else "logits"
    assert all(t.isfinite().all() for t in reference.values()), "numbers without an end"
    save_file({k: v.contiguous() for k, v in reference.items()}, folder / "reference.safetensors")
    same = plain is not None and torch.equal(plain[out], reference[out])
    about = {"family": family, "change": change, "harmless": same}
    (folder / "change.json").write_text(json.dumps(about))
    return reference


def main(target: pathlib.Path, families: list[str]) -> None:
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    for family, values in FAMILIES.items():
        if families and family not in families:
            continue
        plain, refused = None, 0
        changes = changes_of(family, values)
        for index, change in enumerate(changes):
            folder = target / f"{family}-{index:03}"
            try:
                reference = write(folder, family, values, change, plain)
                plain = plain or reference
            except Exception as error:  # whatever transformers does with a config that it can't run
                assert plain is not None, f"{family}: {error}"
                refused += 1
                shutil.rmtree(folder, ignore_errors=True)
                if "-v" in sys.argv:
                    print("   ", change, type(error).__name__, str(error).split("\n")[0][:100])
        print(f"{family}: {len(changes)} changes, {refused} of them refused by transformers")


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "-v"]
    main(pathlib.Path(arguments[0]), arguments[1:])
