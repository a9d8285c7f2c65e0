"""Writes tiny models of golden/ as GGUF, in the order of elements that llama.cpp's converter gives.

Names and keys come from the PyPI package gguf; needs torch and safetensors too:

    python tools/golden/gguf_models.py

Interleaving of query and key, stacking of experts, Gemma's norms and the split of DeepSeek's
kv_b_proj follow convert_hf_to_gguf.py of llama.cpp.
"""

import json
import pathlib
import re

import gguf
import torch
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).parents[2] / "models/src/test/resources"
ARCH = gguf.MODEL_ARCH
CASES = {"llama": ARCH.LLAMA, "mixtral": ARCH.LLAMA, "qwen2": ARCH.QWEN2, "qwen3": ARCH.QWEN3,
         "gemma3": ARCH.GEMMA3, "deepseek-moe": ARCH.DEEPSEEK, "deepseek-v2-lite": ARCH.DEEPSEEK2,
         "deepseek-v3": ARCH.DEEPSEEK2, "qwen2-moe": ARCH.QWEN2MOE, "qwen3-moe": ARCH.QWEN3MOE,
         "sentence-cls": ARCH.BERT}
# Files of before llama.cpp stacked experts: the parts of an expert's name.
SINGLE = {"w1": "ffn_gate", "w2": "ffn_down", "w3": "ffn_up"}
INTERLEAVED = {ARCH.LLAMA, ARCH.DEEPSEEK}
EXPERT = re.compile(r"(.*\.experts)\.(\d+)\.(.*)")


def interleave(values, heads):
    """Puts the two halves of each head's rows side by side, pair by pair."""
    return values.reshape(heads, 2, -1, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)


def stacked(tensors):
    """Experts of a layer as one tensor [experts, out, in]."""
    parts, whole = {}, {}
    for name, values in tensors.items():
        if match := EXPERT.fullmatch(name):
            stem, index, rest = match.groups()
            parts.setdefault(f"{stem}.{rest}", {})[int(index)] = values
        else:
            whole[name] = values
    return whole | {n: torch.stack([p[i] for i in sorted(p)]) for n, p in parts.items()}


def hyperparameters(writer, arch, config, split):
    get = config.get
    heads, hidden = get("num_attention_heads"), get("hidden_size")
    writer.add_block_count(get("num_hidden_layers"))
    writer.add_context_length(get("max_position_embeddings"))
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(get("intermediate_size"))
    writer.add_head_count(heads)
    if arch == ARCH.BERT:
        writer.add_layer_norm_eps(get("layer_norm_eps"))
        writer.add_causal_attention(False)
        writer.add_pooling_type(gguf.PoolingType.CLS)
        return
    writer.add_head_count_kv(1 if split else get("num_key_value_heads"))
    writer.add_layer_norm_rms_eps(get("rms_norm_eps"))
    writer.add_rope_freq_base(get("rope_theta"))
    writer.add_eos_token_id(get("eos_token_id"))
    experts = get("num_local_experts") or get("n_routed_experts") or get("num_experts")
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(get("num_experts_per_tok"))
    if get("num_experts"):
        writer.add_expert_feed_forward_length(get("moe_intermediate_size"))
    if get("shared_expert_intermediate_size"):
        writer.add_expert_shared_feed_forward_length(get("shared_expert_intermediate_size"))
    if get("n_routed_experts"):
        writer.add_expert_feed_forward_length(get("moe_intermediate_size"))
        writer.add_expert_shared_count(get("n_shared_experts"))
        writer.add_leading_dense_block_count(get("first_k_dense_replace"))
        writer.add_expert_weights_scale(get("routed_scaling_factor", 1.0))
    if get("sliding_window") and arch == ARCH.GEMMA3:
        writer.add_sliding_window(get("sliding_window"))
    if get("kv_lora_rank"):
        rank, rope = get("kv_lora_rank"), get("qk_rope_head_dim")
        key = get("qk_nope_head_dim") + rope
        if get("q_lora_rank"):
            writer.add_q_lora_rank(get("q_lora_rank"))
        writer.add_kv_lora_rank(rank)
        writer.add_rope_dimension_count(rope)
        writer.add_key_length(rank + rope if split else key)
        writer.add_value_length(rank if split else get("v_head_dim"))
        if split:
            writer.add_key_length_mla(key)
            writer.add_value_length_mla(get("v_head_dim"))
        writer.add_expert_weights_norm(get("norm_topk_prob"))
        sigmoid = get("scoring_func") == "sigmoid"
        kinds = gguf.ExpertGatingFuncType
        writer.add_expert_gating_func(kinds.SIGMOID if sigmoid else kinds.SOFTMAX)
        if get("n_group") > 1:
            writer.add_expert_group_count(get("n_group"))
            writer.add_expert_group_used_count(get("topk_group"))
        scaling = get("rope_scaling")
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(scaling["factor"])
        writer.add_rope_scaling_orig_ctx_len(scaling["original_max_position_embeddings"])
        writer.add_rope_scaling_yarn_log_mul(0.1 * scaling["mscale_all_dim"])
        writer.add_rope_scaling_yarn_beta_fast(scaling["beta_fast"])
        writer.add_rope_scaling_yarn_beta_slow(scaling["beta_slow"])
    else:
        size = get("head_dim") or hidden // heads
        writer.add_key_length(size)
        writer.add_value_length(size)


def word_pieces(writer, folder):
    """BERT's vocabulary, spelt as llama.cpp does: a mark where a word begins, not where it goes on."""
    words = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    tokens = sorted(words, key=words.get)
    special = [t.startswith("[") and t.endswith("]") for t in tokens]
    spelt = [t if s else t[2:] if t.startswith("##") else "\u2581" + t for t, s in zip(tokens, special)]
    kinds = gguf.TokenType
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(spelt)
    writer.add_token_types([kinds.CONTROL if s else kinds.NORMAL for s in special])
    writer.add_token_type_count(2)
    writer.add_unk_token_id(words["[UNK]"])
    writer.add_sep_token_id(words["[SEP]"])
    writer.add_pad_token_id(words["[PAD]"])
    writer.add_mask_token_id(words["[MASK]"])


def single_expert(name):
    """What older converters called one expert's matrix."""
    layer, expert, part = re.fullmatch(r"model\.layers\.(\d+)\..*\.(\d+)\.(w\d)\.weight", name).groups()
    return f"blk.{layer}.{SINGLE[part]}.{expert}.weight"


def rope_factors(config):
    """What llama.cpp's converter makes of Llama 3's rope scaling: a divisor for each frequency."""
    scaling = config["rope_scaling"]
    dim = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    frequencies = 1.0 / config["rope_theta"] ** (torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    low, high, factor = (scaling[k] for k in ("low_freq_factor", "high_freq_factor", "factor"))
    turns = scaling["original_max_position_embeddings"] * frequencies / (2 * torch.pi)
    smooth = ((turns - low) / (high - low)).clamp(0, 1)
    return (1 / ((1 - smooth) / factor + smooth)).float().numpy()


def convert(case, arch, single=False, exact=False):
    folder = ROOT / "golden" / case
    weights = folder
    if (folder / "case.json").exists():
        weights = folder.parent / json.loads((folder / "case.json").read_text()).get("weights", case)
    config = json.loads((folder / "config.json").read_text())
    tensors = {}
    for part in sorted(weights.glob("model*.safetensors")):
        tensors |= load_file(part)
    split = case == "deepseek-v3"
    heads, layers = config["num_attention_heads"], config["num_hidden_layers"]
    names = gguf.get_tensor_name_map(arch, layers)
    # llama.cpp gives Qwen's mixtures no dense layers; ours have some, by Llama's names.
    dense = gguf.get_tensor_name_map(ARCH.LLAMA, layers)
    writer = gguf.GGUFWriter(ROOT / "gguf" / f"{case}{'-single' if single else ''}.gguf", gguf.MODEL_ARCH_NAMES[arch])
    hyperparameters(writer, arch, config, split)
    if arch == ARCH.BERT:
        word_pieces(writer, folder)

    def add(name, values):
        if name.endswith("e_score_correction_bias"):
            name = name.replace("e_score_correction_bias", "e_score_correction.bias")
        if single and EXPERT.fullmatch(name):
            known = single_expert(name)
        else:
            suffixes = (".weight", ".bias")
            known = names.get_name(name, suffixes) or dense.get_name(name, suffixes)
        assert known, name
        # As the converter does; a gate of one row becomes a vector.
        values = values.float().squeeze().contiguous().numpy()
        if values.ndim == 1 or exact:
            writer.add_tensor(known, values)
        else:
            kind = gguf.GGMLQuantizationType.BF16
            writer.add_tensor(known, gguf.quantize(values, kind), raw_dtype=kind)

    if (config.get("rope_scaling") or {}).get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", rope_factors(config))
    # DeepSeek-V3's layers for predicting further tokens stay behind.
    kept = {n: v for n, v in tensors.items() if not n.startswith(f"model.layers.{layers}.")}
    for name, values in (kept if single else stacked(kept)).items():
        if name.startswith("pooler."):
            continue
        if arch in INTERLEAVED and "q_proj" in name:
            values = interleave(values, heads)
        if arch in INTERLEAVED and "k_proj" in name:
            values = interleave(values, config["num_key_value_heads"])
        if arch == ARCH.GEMMA3 and name.endswith("norm.weight"):
            values = values.float() + 1
        if split and name.endswith("kv_b_proj.weight"):
            sizes = [config["qk_nope_head_dim"], config["v_head_dim"]]
            k, v = values.view(heads, sum(sizes), -1).split(sizes, dim=1)
            add(name.replace("kv_b_proj", "k_b_proj"), k.transpose(1, 2))
            add(name.replace("kv_b_proj", "v_b_proj"), v)
        else:
            add(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    (ROOT / "gguf").mkdir(exist_ok=True)
    for case, arch in CASES.items():
        convert(case, arch)
    convert("mixtral", ARCH.LLAMA, single=True)
    convert("llama-rope-llama3", ARCH.LLAMA, exact=True)
