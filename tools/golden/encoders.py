"""Tiny encoder checkpoints, what transformers computes from them, and sentence-transformers folders."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch.nn import functional as F
from transformers import AutoConfig, AutoModel, AutoModelForMaskedLM

from fixture import (
    ROOT,
    distance,
    link_weights,
    randomise,
    saved_tensors,
    seed,
    write_json,
    write_tensors,
    write_weights,
)

LENGTHS, LONG = (12, 7, 3), 40
VOCABULARY, FIRST_PLAIN_ID = 112, 5


@dataclass(frozen=True)
class Case:
    name: str
    config: dict
    stored: torch.dtype = torch.float32
    masked_lm: bool = False
    """Saved from the model with its language head: names get the family's prefix, and there is no pooler."""
    gamma_and_beta: bool = False
    """LayerNorm's parameters under the names that BERT's first checkpoints have."""


def config(model_type: str, architecture: str, **overrides) -> dict:
    return {
        "architectures": [architecture],
        "model_type": model_type,
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "max_position_embeddings": 40,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
        "position_embedding_type": "absolute",
        "torch_dtype": "float32",
    } | overrides


ROBERTA = {
    "max_position_embeddings": 42,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}

CASES = [
    Case("bert", config("bert", "BertModel")),
    Case(
        "bert-prefixed",
        config("bert", "BertForMaskedLM"),
        stored=torch.float16,
        masked_lm=True,
        gamma_and_beta=True,
    ),
    Case("roberta", config("roberta", "RobertaModel", **ROBERTA), stored=torch.bfloat16),
    Case(
        "xlm-roberta",
        config("xlm-roberta", "XLMRobertaForMaskedLM", **ROBERTA | {"num_hidden_layers": 3}),
        stored=torch.bfloat16,
        masked_lm=True,
    ),
]

SENTENCE = Case("sentence-mean", config("bert", "BertModel"), stored=torch.bfloat16)

# Weights of sentence-mean; pooled by the first token and left as long as it is.
SENTENCE_CLS = "sentence-cls"

WORDS = (
    "the cat sat on mat a dog ran in park it is was of and to query passage what who where sea ship sail "
    "wind big small red blue"
).split()
SENTENCES = [
    "The cat sat on the mat.",
    "A dog ran in the park!",
    "What is a ship?",
    "xylophone",
    "",
    "Sailing the big blue sea, " * 6,
]
PROMPTS = {"query": "query: ", "document": "passage: "}
LONGEST_SENTENCE = 24


def load(values: dict, weights: Path, scratch: Path):
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    link_weights(weights, scratch)
    write_json(scratch / "config.json", values)
    model, info = AutoModel.from_pretrained(
        scratch, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    missing = [key for key in info["missing_keys"] if not key.startswith("pooler.")]
    assert not missing and not info["mismatched_keys"], info
    return model.eval()


def make_weights(case: Case, scratch: Path) -> None:
    values = {k: v for k, v in case.config.items() if k not in ("architectures", "torch_dtype")}
    kind = AutoModelForMaskedLM if case.masked_lm else AutoModel
    model = kind.from_config(AutoConfig.for_model(**values), dtype=torch.float32)
    randomise(model, case.name, case.stored)
    tensors = saved_tensors(model, scratch, case.stored)
    if case.gamma_and_beta:
        tensors = {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): t
            for name, t in tensors.items()
        }
    write_weights(ROOT / case.name, tensors)


def pooled(hidden: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
    wide = mask.unsqueeze(-1).to(hidden.dtype)
    vectors = {
        "cls": hidden[:, 0],
        "mean": (hidden * wide).sum(1) / wide.sum(1),
        "max": hidden.masked_fill(wide == 0, float("-inf")).max(1).values,
    }
    return vectors | {name + "_normalised": F.normalize(v, dim=-1) for name, v in vectors.items()}


def prompts(case: Case) -> dict[str, torch.Tensor]:
    generator = seed(case.name + " prompt")
    pad = case.config["pad_token_id"]
    ids = torch.randint(FIRST_PLAIN_ID, VOCABULARY, (len(LENGTHS), max(LENGTHS)), generator=generator)
    mask = torch.stack([(torch.arange(max(LENGTHS)) < length).long() for length in LENGTHS])
    types = torch.randint(0, case.config["type_vocab_size"], ids.shape, generator=generator)
    return {
        "input_ids": ids.where(mask == 1, pad),
        "attention_mask": mask,
        "token_type_ids": types * mask,
        "long.input_ids": torch.randint(FIRST_PLAIN_ID, VOCABULARY, (1, LONG), generator=generator),
    }


def make_reference(case: Case, scratch: Path) -> None:
    model = load(case.config, ROOT / case.name, scratch)
    tensors = prompts(case)
    batch = {k: tensors[k] for k in ("input_ids", "attention_mask", "token_type_ids")}
    mask = batch["attention_mask"]
    hidden = model(**batch).last_hidden_state
    tensors["hidden"] = hidden * mask.unsqueeze(-1)
    tensors["long.hidden"] = model(tensors["long.input_ids"]).last_hidden_state
    tensors |= {f"pooled.{name}": vector for name, vector in pooled(hidden, mask).items()}
    write_tensors(ROOT / case.name / "reference.safetensors", tensors)
    check(case, model, tensors, batch)


def check(case: Case, model, tensors: dict, batch: dict) -> None:
    """The fixture tells right from wrong: mask, token types and the positions' offset show."""
    ids = batch["input_ids"]
    counted = torch.arange(ids.shape[1]).expand_as(ids)
    changes = {"mask dropped": batch | {"attention_mask": torch.ones_like(ids)}}
    if case.config["type_vocab_size"] > 1:
        changes["token types dropped"] = batch | {"token_type_ids": torch.zeros_like(ids)}
    if case.config["pad_token_id"] == 1:
        changes["positions from 0"] = batch | {"position_ids": counted}
    for change, inputs in changes.items():
        hidden = model(**inputs).last_hidden_state * batch["attention_mask"].unsqueeze(-1)
        moved = distance(hidden, tensors["hidden"])
        assert moved > 1e-2, f"{case.name}: {change} moves the hidden states by {moved} only"
        print(f"    {change}: {moved:.2f}")
    exact = model.double()(**batch).last_hidden_state * batch["attention_mask"].unsqueeze(-1)
    assert distance(exact, tensors["hidden"]) < 2e-5, case.name


def word_pieces() -> Tokenizer:
    """Special tokens, whole words, letters and their continuations: about 110 pieces."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces += [*WORDS, *(c for c in letters + ".,!?:" if c not in WORDS), *("##" + c for c in letters)]
    pieces += ["##ing", "##s"]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    assert len(vocabulary) <= VOCABULARY, len(vocabulary)
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return tokenizer


def embeddings(model, tokenizer: Tokenizer, texts: list[str]) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    tokenizer.enable_truncation(LONGEST_SENTENCE)
    tokenizer.enable_padding()
    encoded = tokenizer.encode_batch(texts)
    ids = torch.tensor([e.ids for e in encoded])
    mask = torch.tensor([e.attention_mask for e in encoded])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    return pooled(hidden, mask), ids


def write_layout(folder: Path, pooling: str, normalise: bool, prompted: bool) -> None:
    """The files around the model as sentence-transformers saves them."""
    kinds = ["Transformer", "Pooling"] + (["Normalize"] if normalise else [])
    modules = []
    for index, kind in enumerate(kinds):
        path = "" if index == 0 else f"{index}_{kind}"
        module = {"idx": index, "name": str(index), "path": path}
        modules.append(module | {"type": f"sentence_transformers.models.{kind}"})
    write_json(folder / "modules.json", modules)
    modes = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
    write_json(
        folder / "1_Pooling/config.json",
        {"word_embedding_dimension": 32}
        | {f"pooling_mode_{mode}": mode == pooling for mode in modes}
        | {"include_prompt": True},
    )
    write_json(
        folder / "sentence_bert_config.json", {"max_seq_length": LONGEST_SENTENCE, "do_lower_case": False}
    )
    write_json(
        folder / "config_sentence_transformers.json",
        {
            "__version__": {"sentence_transformers": "3.0.0", "transformers": "4.41.0", "pytorch": "2.3.0"},
            "prompts": PROMPTS if prompted else {},
            "default_prompt_name": "query" if prompted else None,
            "similarity_fn_name": "cosine",
        },
    )


def write_tokenizer(folder: Path, tokenizer: Tokenizer) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=True) + "\n", encoding="utf-8")
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "BertTokenizer",
            "do_lower_case": True,
            "model_max_length": 40,
            "cls_token": "[CLS]",
            "mask_token": "[MASK]",
            "pad_token": "[PAD]",
            "sep_token": "[SEP]",
            "unk_token": "[UNK]",
        },
    )


def make_sentence_folders(scratch: Path) -> None:
    tokenizer = word_pieces()
    folder = ROOT / SENTENCE.name
    make_weights(SENTENCE, scratch)
    model = load(SENTENCE.config, folder, scratch)
    plain, ids = embeddings(model, tokenizer, SENTENCES)
    asked, _ = embeddings(model, tokenizer, [PROMPTS["query"] + text for text in SENTENCES])
    told, _ = embeddings(model, tokenizer, [PROMPTS["document"] + text for text in SENTENCES])
    assert ids.shape[1] == LONGEST_SENTENCE and distance(plain["mean"], asked["mean"]) > 1e-2

    write_json(folder / "config.json", SENTENCE.config)
    write_tokenizer(folder, tokenizer)
    write_layout(folder, "mean_tokens", normalise=True, prompted=False)
    write_json(folder / "sentences.json", SENTENCES)
    kinds = {"input_ids": ids, "embeddings": plain["mean_normalised"]}
    write_tensors(folder / "reference.safetensors", kinds)

    folder = ROOT / SENTENCE_CLS
    write_json(folder / "case.json", {"weights": SENTENCE.name})
    write_json(folder / "config.json", SENTENCE.config)
    write_tokenizer(folder, tokenizer)
    write_layout(folder, "cls_token", normalise=False, prompted=True)
    write_json(folder / "sentences.json", SENTENCES)
    write_tensors(
        folder / "reference.safetensors",
        {"embeddings": asked["cls"], "document.embeddings": told["cls"], "plain.embeddings": plain["cls"]},
    )


@torch.no_grad()
def make(case: Case, scratch: Path) -> None:
    print(f"  {case.name}")
    if case is SENTENCE:
        make_sentence_folders(scratch)
        return
    write_json(ROOT / case.name / "config.json", case.config)
    make_weights(case, scratch)
    make_reference(case, scratch)
