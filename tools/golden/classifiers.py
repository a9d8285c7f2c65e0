"""Tiny classifiers of texts and pairs: `python tools/golden/classifiers.py`.

Logits are those of transformers' models, scores of rerankers those of sentence-transformers' CrossEncoder, scores of
labels those of transformers' text-classification pipeline; text by text, so that nothing is padded. Pairs are all
those of two texts of `sentences.json`, (first, first), (first, second), ...
"""

import itertools
import json
import os
import shutil
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from sentence_transformers import CrossEncoder
from tokenizers import Tokenizer, models, processors
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, pipeline
from transformers.utils import logging

from encoders import ROBERTA, config, word_pieces, write_tokenizer
from fixture import ROOT, distance, randomise, saved_tensors, write_json, write_tensors, write_weights

TEXTS = [
    "What is a ship?",
    "The cat sat on the mat.",
    "A big red ship, and a small blue dog in it!",
    "xylophone",
    "",
    "Sailing the big blue sea, " * 6,
]
PAIRS = list(itertools.product(TEXTS, TEXTS))
NLI = {"0": "contradiction", "1": "entailment", "2": "neutral"}
PROMPTS = {"web": "query: ", "code": "passage: "}
TORCH = "torch.nn.modules."


def roberta_pieces(post_processor) -> Tokenizer:
    """The pieces of `word_pieces` with RoBERTa's special tokens."""
    base = word_pieces()
    special = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 4}
    plain = {piece: i for piece, i in base.get_vocab().items() if i >= len(special)}
    tokenizer = Tokenizer(models.WordPiece(special | plain, unk_token="<unk>"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = base.normalizer, base.pre_tokenizer
    tokenizer.decoder = base.decoder
    tokenizer.post_processor = post_processor
    tokenizer.add_special_tokens(list(special))
    return tokenizer


def write_roberta_tokenizer(folder: Path, post_processor) -> None:
    write_tokenizer(folder, roberta_pieces(post_processor))
    roles = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    write_json(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 40}
        | {f"{role}_token": token for role, token in roles.items()},
    )


def write_model(name: str, values: dict, scratch: Path) -> Path:
    shutil.rmtree(ROOT / name, ignore_errors=True)
    plain = {k: v for k, v in values.items() if k not in ("architectures", "torch_dtype")}
    model = AutoModelForSequenceClassification.from_config(AutoConfig.for_model(**plain), dtype=torch.float32)
    randomise(model, name, torch.bfloat16)
    write_weights(ROOT / name, saved_tensors(model, scratch, torch.bfloat16))
    write_json(ROOT / name / "config.json", values)
    return ROOT / name


def spread_logits(folder: Path, scratch: Path) -> None:
    """Scales the last layer: logits about 0 and far apart, for random ones are so alike that the order hardly shows."""
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    layer = getattr(model.classifier, "out_proj", model.classifier)
    for scale in (True, False):
        all_logits = torch.cat(logits(folder))
        with torch.no_grad():
            if scale:
                layer.weight.mul_((1 / all_logits.std(0)).unsqueeze(1))
            else:
                layer.bias.sub_(all_logits.mean(0))
            for parameter in layer.parameters():
                parameter.copy_(parameter.bfloat16())
        write_weights(folder, saved_tensors(model, scratch, torch.bfloat16))


def with_files(folder: Path, scratch: Path, **changes: dict) -> Path:
    """A copy of a folder with fields of its JSON files changed; the file's name without its end."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(folder, scratch)
    for name, fields in changes.items():
        file = scratch / f"{name}.json"
        write_json(file, json.loads(file.read_text()) | fields)
    return scratch


def logits(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Of all texts, and of all pairs."""
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def run(*texts: str) -> torch.Tensor:
        # As batches of one: given alone, a second text that is empty isn't seen as one.
        return model(**tokenizer(*([text] for text in texts), truncation=True, return_tensors="pt")).logits[0]

    return torch.stack([run(text) for text in TEXTS]), torch.stack([run(*pair) for pair in PAIRS])


def scores(folder: Path) -> torch.Tensor:
    model = CrossEncoder(
        str(folder), device="cpu", model_kwargs={"dtype": torch.float32, "attn_implementation": "eager"}
    )
    print(f"  {folder.name}: limit {model.max_seq_length}, {model.activation_fn}")
    return torch.cat([model.predict([pair], convert_to_tensor=True) for pair in PAIRS])


def label_scores(folder: Path) -> torch.Tensor:
    classify = pipeline("text-classification", model=str(folder), top_k=None, device="cpu", dtype=torch.float32)

    def ordered(text: str) -> list[float]:
        found = {entry["label"]: entry["score"] for entry in classify([text], truncation=True)[0]}
        return [found[label] for label in NLI.values()]

    return torch.tensor([ordered(text) for text in TEXTS])


def make_bert(scratch: Path) -> None:
    """A plain folder, and what fields of its files change."""
    values = config("bert", "BertForSequenceClassification", id2label={"0": "LABEL_0"}, label2id={"LABEL_0": 0})
    folder = write_model("reranker-bert", values, scratch)
    write_tokenizer(folder, word_pieces())
    write_json(folder / "sentences.json", TEXTS)
    spread_logits(folder, scratch)
    of_texts, of_pairs = logits(folder)
    identity, tanh = TORCH + "linear.Identity", TORCH + "activation.Tanh"
    copy = scratch / "copy"
    tensors = {
        "logits": of_texts,
        "pair_logits": of_pairs,
        "scores": scores(folder),
        "scores.identity": scores(
            with_files(folder, copy, config={"sentence_transformers": {"activation_fn": identity}})
        ),
        "scores.tanh": scores(with_files(folder, copy, config={"sbert_ce_default_activation_function": tanh})),
        "scores.limit": scores(with_files(folder, copy, tokenizer_config={"model_max_length": 14})),
        "scores.without_types": scores(
            with_files(folder, copy, tokenizer_config={"model_input_names": ["input_ids", "attention_mask"]})
        ),
    }
    write_tensors(folder / "reference.safetensors", tensors)
    assert distance(tensors["scores"], of_pairs[:, 0].sigmoid()) < 1e-5
    assert distance(tensors["scores.identity"], of_pairs[:, 0]) < 1e-5
    for name in ("scores.tanh", "scores.limit", "scores.without_types"):
        assert distance(tensors["scores"], tensors[name]) > 1e-2, name


def make_xlm_roberta(scratch: Path) -> None:
    """A folder as CrossEncoder saves it, with prompts."""
    values = config(
        "xlm-roberta",
        "XLMRobertaForSequenceClassification",
        id2label={"0": "LABEL_0"},
        label2id={"LABEL_0": 0},
        **ROBERTA,
    )
    folder = write_model("reranker-xlm-roberta", values, scratch)
    write_roberta_tokenizer(
        folder,
        processors.TemplateProcessing(
            single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
        ),
    )
    write_json(folder / "sentences.json", TEXTS)
    spread_logits(folder, scratch)
    of_texts, of_pairs = logits(folder)
    plain = scores(folder)
    saved = scratch / "saved"
    CrossEncoder(
        str(folder),
        device="cpu",
        activation_fn=torch.nn.Identity(),
        prompts=PROMPTS,
        default_prompt_name="web",
    ).save_pretrained(str(saved), create_model_card=False)
    for file in ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"):
        shutil.copyfile(saved / file, folder / file)
    tensors = {"logits": of_texts, "pair_logits": of_pairs, "scores": scores(folder)}
    write_tensors(folder / "reference.safetensors", tensors)
    assert distance(plain, of_pairs[:, 0].sigmoid()) < 1e-5
    assert distance(tensors["scores"], of_pairs[:, 0]) > 1e-2  # the prompt


def make_roberta(scratch: Path) -> None:
    """Three labels with names."""
    values = config(
        "roberta",
        "RobertaForSequenceClassification",
        id2label=NLI,
        label2id={label: int(i) for i, label in NLI.items()},
        **ROBERTA,
    )
    folder = write_model("classifier-roberta", values, scratch)
    write_roberta_tokenizer(folder, processors.RobertaProcessing(("</s>", 2), ("<s>", 0)))
    write_json(folder / "sentences.json", TEXTS)
    spread_logits(folder, scratch)
    of_texts, of_pairs = logits(folder)
    copy = scratch / "copy"
    tensors = {
        "logits": of_texts,
        "pair_logits": of_pairs,
        "scores": label_scores(folder),
        "scores.multi": label_scores(with_files(folder, copy, config={"problem_type": "multi_label_classification"})),
        "scores.regression": label_scores(with_files(folder, copy, config={"problem_type": "regression"})),
    }
    write_tensors(folder / "reference.safetensors", tensors)
    assert distance(tensors["scores"], of_texts.softmax(1)) < 1e-5
    assert len(set(of_texts.argmax(1).tolist())) > 1, "all texts have the same label"


@torch.no_grad()
def main() -> None:
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for make in (make_bert, make_xlm_roberta, make_roberta):
        with tempfile.TemporaryDirectory() as scratch:
            make(Path(scratch) / "model")


if __name__ == "__main__":
    main()
