"""What sentence-transformers makes of folders of many kinds: `python tools/golden/sentence_folders.py`.

Each case is `sentence-mean` with some files laid over it (`sentence-folders/NAME/`, whose `left-out.txt` lists those to
leave out), opened by sentence-transformers itself; `sentence-folders/reference.safetensors` holds the vectors. In
`subfolder` the network's files lie in `0_Transformer`.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Dropout, LayerNorm, Normalize, Pooling, Transformer
from tokenizers import Tokenizer, normalizers
from transformers.utils import logging

from fixture import ROOT, distance, seed, write_json, write_tensors

BASE = ROOT / "sentence-mean"
CASES = ROOT / "sentence-folders"
TEXTS = [
    "The cat sat on the mat.",
    "A DOG [SEP] ran [MASK] in the park! [sep]",
    "Sailing the big blue sea, " * 6,
    "",
]
QUERY = "query: "
SMALL = {"config_sentence_transformers.json", "modules.json", "sentence_bert_config.json", "tokenizer_config.json"}


def read(name: str):
    return json.loads((BASE / name).read_text())


def limits(max_seq_length, model_max_length) -> dict:
    """The two files that limit a text's length."""
    tokenizer = {k: v for k, v in read("tokenizer_config.json").items() if k != "model_max_length"}
    network = {"do_lower_case": False}
    if model_max_length:
        tokenizer["model_max_length"] = model_max_length
    if max_seq_length:
        network["max_seq_length"] = max_seq_length
    return {"tokenizer_config.json": tokenizer, "sentence_bert_config.json": network}


def main_config(**overrides) -> dict:
    return {"config_sentence_transformers.json": read("config_sentence_transformers.json") | overrides}


def modules(*kinds: str) -> dict:
    """modules.json by the names that versions up to 5 write."""
    return {
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (kind, path) in enumerate(entry.split(":") for entry in kinds)
        ]
    }


def upper_case_tokenizer() -> dict:
    """A tokenizer that leaves letters as they are, so that the module's do_lower_case has something to do."""
    tokenizer = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    return {
        "tokenizer.json": json.loads(tokenizer.to_str()),
        "tokenizer_config.json": read("tokenizer_config.json") | {"do_lower_case": False},
    }


def file_cases() -> dict[str, dict]:
    """Files laid over the base; None leaves a file out."""
    all_modes = ["lasttoken", "mean", "weightedmean", "cls", "max", "mean_sqrt_len_tokens"]
    prompted = main_config(prompts={"query": QUERY}, default_prompt_name="query")
    return {
        "limit-of-tokenizer": limits(None, 10),
        "limit-of-module-above": limits(30, 10),
        "limit-of-module-below": limits(10, 30),
        "limit-none": limits(None, 1e30),
        "truncate-dim": main_config(truncate_dim=20),
        "pooling-list": {"1_Pooling/config.json": {"embedding_dimension": 32, "pooling_mode": all_modes}}
        | modules("Transformer:", "Pooling:1_Pooling"),
        "pooling-list-without-prompt": {
            "1_Pooling/config.json": {"embedding_dimension": 32, "pooling_mode": all_modes, "include_prompt": False}
        }
        | modules("Transformer:", "Pooling:1_Pooling")
        | prompted,
        "pooling-flags-off": {
            "1_Pooling/config.json": {"word_embedding_dimension": 32, "pooling_mode_cls_token": False}
        },
        "pooling-name-over-flags": {
            "1_Pooling/config.json": {
                "embedding_dimension": 32,
                "pooling_mode": "max",
                "pooling_mode_cls_token": True,
            }
        },
        "lower-case": upper_case_tokenizer()
        | {"sentence_bert_config.json": {"max_seq_length": 24, "do_lower_case": True}},
        "without-modules": {"modules.json": None} | prompted,
    }


def overlay(folder: Path, files: dict) -> Path:
    for name, content in files.items():
        if content is None:
            (folder / name).unlink(missing_ok=True)
        else:
            write_json(folder / name, content)
    return folder


def copy_of_base(target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(BASE, target)
    return target


def write_case(name: str, files: dict) -> None:
    left_out = [file for file, content in files.items() if content is None]
    overlay(CASES / name, {file: content for file, content in files.items() if content is not None})
    if left_out:
        (CASES / name / "left-out.txt").write_text("\n".join(left_out) + "\n")


def opened(folder: Path) -> SentenceTransformer:
    return SentenceTransformer(str(folder), device="cpu", model_kwargs={"attn_implementation": "eager"})


def vectors(model: SentenceTransformer) -> torch.Tensor:
    """One by one: padding must change nothing."""
    return torch.stack([model.encode(text, convert_to_tensor=True) for text in TEXTS])


def saved_files(folder: Path) -> dict:
    files = {}
    for file in sorted(folder.rglob("*.json")):
        name = str(file.relative_to(folder))
        if name in SMALL or name[0].isdigit():
            files[name] = json.loads(file.read_text())
    return files


def copy_weights(source: Path, name: str) -> None:
    for file in sorted(source.rglob("*_*/model.safetensors")):
        target = CASES / name / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def headed(folder: Path) -> SentenceTransformer:
    """A model with everything that may follow the pooling."""
    gelu, none = torch.nn.GELU(), torch.nn.Identity()
    after = [
        Dropout(0.3),
        Dense(64, 24),
        LayerNorm(24),
        Dense(24, 20, activation_function=gelu, use_residual=True),
        Dense(20, 20, activation_function=torch.nn.Sigmoid(), use_residual=True),
        Dense(20, 16, bias=False, activation_function=none),
        Normalize(),
    ]
    generator = seed("sentence head")
    with torch.no_grad():
        for module in after:
            for key, parameter in module.named_parameters():
                draw = torch.randn(parameter.shape, generator=generator) * 0.3
                parameter.copy_(draw + 1 if key.startswith("norm.weight") else draw)
    pooling = Pooling(32, ["mean", "cls"])
    return SentenceTransformer(modules=[Transformer(str(folder)), pooling, *after], device="cpu").eval()


def check(tensors: dict, base: SentenceTransformer, upper_case: SentenceTransformer) -> None:
    """The fixture tells right from wrong."""
    plain = vectors(base)
    for name in ("limit-of-tokenizer", "limit-of-module-above", "limit-of-module-below", "limit-none"):
        assert distance(tensors[name], plain) > 1e-2, name
    assert distance(tensors["limit-of-module-above"], tensors["limit-of-tokenizer"]) > 1e-2
    for name in ("saved-by-6", "subfolder", "lower-case"):
        assert distance(tensors[name], plain) < 1e-6, name
    assert distance(tensors["lower-case"], vectors(upper_case)) > 1e-2
    lowered = torch.stack([base.encode(text.lower(), convert_to_tensor=True) for text in TEXTS])
    assert distance(tensors["lower-case"], lowered) > 1e-2


def main() -> None:
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    shutil.rmtree(CASES, ignore_errors=True)
    tensors = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder, saved = Path(scratch) / "folder", Path(scratch) / "saved"
        for name, files in file_cases().items():
            overlay(copy_of_base(folder), files)
            write_case(name, files)
            model = opened(folder)
            tensors[name] = vectors(model)
            print(f"  {name}: limit {model.max_seq_length}, {tuple(tensors[name].shape)}")

        opened(BASE).save_pretrained(str(saved), create_model_card=False)
        write_case("saved-by-6", saved_files(saved))
        tensors["saved-by-6"] = vectors(opened(saved))

        shutil.rmtree(saved)
        headed(BASE).save_pretrained(str(saved), create_model_card=False)
        write_case("head", saved_files(saved))
        copy_weights(saved, "head")
        tensors["head"] = vectors(opened(saved))

        # The layout of the first versions: the network in a folder of its own.
        inside = copy_of_base(folder) / "0_Transformer"
        inside.mkdir()
        for file in [*folder.glob("*")]:
            if file.is_file() and file.name not in ("modules.json", "config_sentence_transformers.json"):
                shutil.move(file, inside / file.name)
        files = modules("Transformer:0_Transformer", "Pooling:1_Pooling", "Normalize:2_Normalize")
        overlay(folder, files)
        write_case("subfolder", files)
        tensors["subfolder"] = vectors(opened(folder))

        check(tensors, opened(BASE), opened(overlay(copy_of_base(folder), upper_case_tokenizer())))
    write_json(CASES / "sentences.json", TEXTS)
    write_tensors(CASES / "reference.safetensors", tensors)


if __name__ == "__main__":
    main()
