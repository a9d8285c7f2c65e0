"""Opens with transformers the config.json files that deepseek.models wrote.

Needs the PyPI packages of requirements.txt; called by models' ConfigInteropTest:

    python tools/interop/configs.py FOLDER...

Each folder holds such a config.json, and beside it either weights with a reference.safetensors of
tools/golden, whose outputs the model must give to within 1e-4, or no weights: then the config alone
is opened.
"""

import pathlib
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM


def outputs(folder, config, reference):
    """Name in the reference, and what the model gives."""
    kwargs = {"config": config, "dtype": torch.float32, "attn_implementation": "eager"}
    if "logits" in reference:
        model = AutoModelForCausalLM.from_pretrained(folder, **kwargs).eval()
        for prefix in ["", "long."]:
            yield prefix + "logits", model(reference[prefix + "input_ids"].long()).logits
    else:
        model = AutoModel.from_pretrained(folder, **kwargs).eval()
        yield "long.hidden", model(reference["long.input_ids"].long()).last_hidden_state


for folder in map(pathlib.Path, sys.argv[1:]):
    config = AutoConfig.from_pretrained(folder)
    checked = "opened"
    if list(folder.glob("model*.safetensors")):
        with torch.no_grad():
            reference = load_file(folder / "reference.safetensors")
            for name, got in outputs(folder, config, reference):
                farthest = (got - reference[name].float()).abs().max().item()
                assert farthest < 1e-4, f"{folder.name}: {name} is {farthest} away"
        checked = "gives the reference"
    print(folder.name, checked)
