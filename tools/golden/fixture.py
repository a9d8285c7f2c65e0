"""Writing fixtures: realistic random weights, canonical files, comparison helpers."""

import json
import shutil
import zlib
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parents[2] / "models/src/test/resources/golden"
FILE_LIMIT = 200_000


def seed(name: str) -> torch.Generator:
    """A generator that depends on the name only, so that adding a case changes no other."""
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))


def randomise(model: torch.nn.Module, name: str, stored: torch.dtype, zero_centred_norms: bool = False) -> None:
    """Weights of a trained model's scale, exactly representable in the dtype they are stored in.

    Norm weights, biases and router corrections are far from their initial 1 and 0, because a port that
    forgets one of them must not pass.
    """
    generator = seed(name)

    def draw(tensor: torch.Tensor, std: float) -> torch.Tensor:
        return torch.randn(tensor.shape, generator=generator) * std

    seen = set()
    with torch.no_grad():
        for key, tensor in [*model.named_parameters(), *model.named_buffers()]:
            if "inv_freq" in key or not tensor.is_floating_point() or tensor.data_ptr() in seen:
                continue
            seen.add(tensor.data_ptr())
            if "norm" in key.lower() and key.endswith("weight"):
                value = draw(tensor, 0.2) + (0.0 if zero_centred_norms else 1.0)
            elif tensor.dim() == 1:
                value = draw(tensor, 0.2)
            elif "embed" in key:
                value = draw(tensor, 0.2)
            elif "gate.weight" in key:
                value = draw(tensor, 2.0 / tensor.shape[-1] ** 0.5)
            else:
                value = draw(tensor, 1.0 / tensor.shape[-1] ** 0.5)
            tensor.copy_(value.to(stored).float())


def write_json(path: Path, value) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    ordered = {name: tensors[name].detach().clone().contiguous() for name in sorted(tensors)}
    save_file(ordered, path, metadata={"format": "pt"})
    size = path.stat().st_size
    assert size <= FILE_LIMIT, f"{path}: {size} bytes, at most {FILE_LIMIT} wanted"


def write_weights(folder: Path, tensors: dict[str, torch.Tensor], shards: int = 1) -> None:
    """One file, or `shards` files with the index that Hugging Face writes for them."""
    if shards == 1:
        write_tensors(folder / "model.safetensors", tensors)
        return
    names = sorted(tensors)
    per_shard = -(-len(names) // shards)
    weight_map = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        part = names[shard * per_shard : (shard + 1) * per_shard]
        write_tensors(folder / file, {name: tensors[name] for name in part})
        weight_map |= {name: file for name in part}
    total = sum(t.numel() * t.element_size() for t in tensors.values())
    write_json(
        folder / "model.safetensors.index.json",
        {"metadata": {"total_size": total}, "weight_map": weight_map},
    )


def saved_tensors(model: torch.nn.Module, scratch: Path, stored: torch.dtype) -> dict[str, torch.Tensor]:
    """The model's tensors under the names that checkpoints on the hub have."""
    shutil.rmtree(scratch, ignore_errors=True)
    model.save_pretrained(scratch)
    return {
        name: tensor.to(stored) if tensor.is_floating_point() else tensor
        for name, tensor in load_file(scratch / "model.safetensors").items()
    }


def link_weights(source: Path, target: Path) -> None:
    for file in source.glob("model*.safetensors*"):
        shutil.copyfile(file, target / file.name)


def distance(a: torch.Tensor, b: torch.Tensor) -> float:
    return (a.double() - b.double()).abs().max().item()
