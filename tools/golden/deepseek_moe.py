"""DeepSeek-MoE (`model_type: deepseek`), which transformers does not carry.

A compact statement of what the modelling code published with the DeepSeek-MoE-16B checkpoint computes
(Dai et al. 2024, arXiv:2401.06066): Llama's attention and norms, and in the mixture layers

    y = sum over the K most likely experts of p_e * expert_e(x)  +  shared(x),   p = softmax(gate x)

with p renormalised over the chosen K when `norm_topk_prob`, the shared experts fused into one MLP of
`n_shared_experts * moe_intermediate_size`, and mixture layers where
`layer >= first_k_dense_replace and layer % moe_layer_freq == 0`.
"""

import torch
from torch import nn
from torch.nn import functional as F
from transformers import LlamaConfig, LlamaForCausalLM


class Mlp(nn.Module):
    def __init__(self, hidden: int, inner: int):
        super().__init__()
        self.gate_proj = nn.Linear(hidden, inner, bias=False)
        self.up_proj = nn.Linear(hidden, inner, bias=False)
        self.down_proj = nn.Linear(inner, hidden, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Mixture(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        hidden, inner = config["hidden_size"], config["moe_intermediate_size"]
        self.top_k = config["num_experts_per_tok"]
        self.renormalise = config["norm_topk_prob"]
        self.gate = nn.Linear(hidden, config["n_routed_experts"], bias=False)
        self.experts = nn.ModuleList(Mlp(hidden, inner) for _ in range(config["n_routed_experts"]))
        self.shared_experts = Mlp(hidden, inner * config["n_shared_experts"])

    def forward(self, x):
        probabilities = self.gate(x).softmax(dim=-1)
        weights, chosen = probabilities.topk(self.top_k, dim=-1)
        if self.top_k > 1 and self.renormalise:
            weights = weights / (weights.sum(dim=-1, keepdim=True) + 1e-20)
        every = torch.stack([expert(x) for expert in self.experts], dim=-2)
        routed = every.gather(-2, chosen.unsqueeze(-1).expand(*chosen.shape, x.shape[-1]))
        return (weights.unsqueeze(-1) * routed).sum(dim=-2) + self.shared_experts(x)


def build(config: dict) -> LlamaForCausalLM:
    """A model for a `deepseek` config.json: Llama with its mixture layers put in."""
    llama = {k: v for k, v in config.items() if k not in ("model_type", "architectures")}
    model = LlamaForCausalLM._from_config(LlamaConfig(**llama), attn_implementation="eager", dtype=torch.float32)
    for index, layer in enumerate(model.model.layers):
        if index >= config["first_k_dense_replace"] and index % config["moe_layer_freq"] == 0:
            layer.mlp = Mixture(config)
    return model.eval()
