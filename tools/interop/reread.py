"""Reads what deepseek.store wrote with the formats' own packages, and writes it back.

Needs the PyPI packages safetensors, gguf, torch and numpy; called by store's InteropTest:

    python tools/interop/reread.py FOLDER

FOLDER holds written.safetensors, sharded/ and written.gguf; their tensors are written to
reread.safetensors, resharded.safetensors and reread-gguf.safetensors, the last as float32.
"""

import json
import pathlib
import sys

import gguf
import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import load_file, save_file

folder = pathlib.Path(sys.argv[1])

save_file(load_file(folder / "written.safetensors"), folder / "reread.safetensors")

index = json.loads((folder / "sharded/model.safetensors.index.json").read_text())
tensors = {}
for name, shard in index["weight_map"].items():
    with safe_open(folder / "sharded" / shard, "pt") as file:
        tensors[name] = file.get_tensor(name)
assert index["metadata"]["total_size"] == sum(t.nbytes for t in tensors.values())
save_file(tensors, folder / "resharded.safetensors")

reader = gguf.GGUFReader(folder / "written.gguf")
assert reader.get_field("general.architecture").contents() == "llama"
assert reader.get_field("llama.block_count").contents() == 2
assert reader.get_field("tokenizer.ggml.tokens").contents() == ["a", "ü"]
save_numpy(
    {t.name: gguf.dequantize(t.data, t.tensor_type).astype(np.float32).reshape(t.shape[::-1])
     for t in reader.tensors},
    folder / "reread-gguf.safetensors")
