"""DeepSeek-V3's block-scaled storage: float8 e4m3 weights with one float32 factor per square block."""

import torch

LARGEST_E4M3 = 448.0


def _expand(scale: torch.Tensor, shape: torch.Size, block: int) -> torch.Tensor:
    wide = scale.repeat_interleave(block, 0).repeat_interleave(block, 1)
    return wide[: shape[0], : shape[1]]


def _is_quantised(name: str) -> bool:
    return name.endswith("_proj.weight") or name.endswith("_proj_with_mqa.weight")


def quantised(tensors: dict[str, torch.Tensor], block: int) -> dict[str, torch.Tensor]:
    """Projections become e4m3 with `weight_scale_inv`; router, norms and embeddings stay as they are."""
    out = {}
    for name, tensor in tensors.items():
        if not _is_quantised(name):
            out[name] = tensor.float() if name.endswith("e_score_correction_bias") else tensor
            continue
        weight = tensor.float()
        rows, columns = (-(-size // block) for size in weight.shape)
        padded = torch.zeros(rows * block, columns * block)
        padded[: weight.shape[0], : weight.shape[1]] = weight
        largest = padded.view(rows, block, columns, block).abs().amax(dim=(1, 3))
        scale = largest / LARGEST_E4M3
        out[name] = (weight / _expand(scale, weight.shape, block)).to(torch.float8_e4m3fn)
        out[name + "_scale_inv"] = scale
    return out


def dequantised(tensors: dict[str, torch.Tensor], block: int) -> dict[str, torch.Tensor]:
    out = {}
    for name, tensor in tensors.items():
        if name.endswith("_scale_inv"):
            continue
        scale = tensors.get(name + "_scale_inv")
        if scale is None:
            out[name] = tensor.float()
            continue
        out[name] = tensor.float() * _expand(scale, tensor.shape, block)
    return out
