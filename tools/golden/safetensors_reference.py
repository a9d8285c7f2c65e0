"""Writes reference.safetensors with the reference implementation (PyPI: safetensors, torch).

    python tools/golden/safetensors_reference.py
"""

import pathlib

import torch
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parents[2] / "store/src/test/resources/deepseek/store/safetensors"
TYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn,
         torch.float8_e5m2, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)

OUT.mkdir(parents=True, exist_ok=True)
tensors = {f"{prefix}.{dtype}": torch.arange(3).to(dtype) for dtype in TYPES for prefix in "ba"}
tensors["ü/scalar"] = torch.tensor(1.5)
tensors["empty"] = torch.zeros(0, 2)
save_file(tensors, OUT / "reference.safetensors", {"format": "pt"})
