"""Which tokens end an answer of transformers' generate: `python tools/golden/eos.py`.

Writes models/src/test/resources/golden/eos.json: what a folder's generation_config.json and config.json say, and
the ids at which generate stops.
"""

import json
import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

OUT = Path(__file__).resolve().parents[2] / "models/src/test/resources/golden/eos.json"

# generation_config.json (None: no such file), config.json
CASES = [
    ({"eos_token_id": 5}, {"eos_token_id": 7}),
    ({"eos_token_id": [5, 6]}, {"eos_token_id": 7}),
    ({"eos_token_id": 5}, {"eos_token_id": [7, 8]}),
    ({"eos_token_id": [5]}, {}),
    (None, {"eos_token_id": 7}),
    (None, {"eos_token_id": [7, 8]}),
    ({"temperature": 0.5, "do_sample": True}, {"eos_token_id": 7}),
    ({"eos_token_id": None}, {"eos_token_id": 7}),
]


def ends(folder, generation, config):
    for path in folder.iterdir():
        path.unlink()
    torch.manual_seed(0)
    tiny = LlamaConfig(
        vocab_size=16, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2,
        bos_token_id=None, eos_token_id=None)
    LlamaForCausalLM(tiny).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    saved = json.loads((folder / "config.json").read_text())
    saved.pop("eos_token_id", None)
    (folder / "config.json").write_text(json.dumps({**saved, **config}))
    if generation is not None:
        (folder / "generation_config.json").write_text(json.dumps(generation))
    model = AutoModelForCausalLM.from_pretrained(folder)
    prepared, _ = model._prepare_generation_config(None)
    ids = prepared.eos_token_id
    return [] if ids is None else ids if isinstance(ids, list) else [ids]


def main():
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for generation, config in CASES:
            cases.append({"generation": generation, "config": config, "ends": ends(Path(folder), generation, config)})
            print(cases[-1])
    OUT.write_text("[\n" + ",\n".join(" " + json.dumps(case) for case in cases) + "\n]\n")


main()
