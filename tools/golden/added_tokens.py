"""What transformers makes of added tokens that a folder lists in several files: `python tools/golden/added_tokens.py`.

Writes text/src/test/resources/golden/tokenizers/added-tokens.json: per case the files that differ, the roles that chat
templates see, and per text the ids (`prompt`: without tokens around it, `plain`: special tokens as mere characters) and
what they decode to.
"""

import json
import tempfile
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer

OUT = Path(__file__).resolve().parents[2] / "text/src/test/resources/golden/tokenizers/added-tokens.json"

TEXTS = ["x <a> y", "x  <a>  y", "<a><b>", " <b> <a> ", "x<a>y", "<A> <B>", "<c> <C>  <d>", "x <d>y", "x<e> <f> <g>", "<a>\n<e>", "<img> x",
         " <s> <mask> </s> "]


def base(tokens, normalizer=None):
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate([*alphabet, "<e>"])}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.add_tokens(tokens)
    return json.loads(tokenizer.to_str())


def token(content, **flags):
    return {"content": content, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": False, **flags}


def typed(content, **flags):
    return {"__type": "AddedToken", **token(content, special=True, **flags)}


PLAIN = [AddedToken("<a>", normalized=False), AddedToken("<b>", normalized=False, special=True)]
N = 257  # ids of the model itself

CASES = {
    "config-has-more-flags": (base(PLAIN), {"tokenizer_config.json": {"added_tokens_decoder": {
        str(N): token("<a>", lstrip=True, rstrip=True), str(N + 1): token("<b>", rstrip=True, special=True)}}}),
    "config-has-fewer-flags": (
        base([AddedToken("<a>", normalized=False, lstrip=True, rstrip=True), AddedToken("<b>", special=True, rstrip=True)]),
        {"tokenizer_config.json": {"added_tokens_decoder": {str(N): token("<a>"), str(N + 1): token("<b>", special=True)}}}),
    "single-word": (base(PLAIN), {"tokenizer_config.json": {"added_tokens_decoder": {str(N): token("<a>", single_word=True)}}}),
    "normalized-in-config": (base(PLAIN, normalizers.Lowercase()), {"tokenizer_config.json": {"added_tokens_decoder": {
        str(N): token("<a>", normalized=True), str(N + 1): token("<b>", normalized=True, special=True)}}}),
    "normalized-in-file": (
        base([AddedToken("<a>", normalized=True), AddedToken("<b>", normalized=True, special=True)], normalizers.Lowercase()),
        {"tokenizer_config.json": {"added_tokens_decoder": {str(N): token("<a>"), str(N + 1): token("<b>", special=True)}}}),
    "becomes-special": (base(PLAIN), {"tokenizer_config.json": {"added_tokens_decoder": {
        str(N): token("<a>", special=True), str(N + 1): token("<b>")}}}),
    "only-in-config": (base(PLAIN), {"tokenizer_config.json": {"added_tokens_decoder": {
        str(N + 9): token("<c>", rstrip=True), str(N + 5): token("<d>", lstrip=True, special=True), "256": token("<e>", rstrip=True)}}}),
    "flags-left-out": (base(PLAIN, normalizers.Lowercase()), {"tokenizer_config.json": {"added_tokens_decoder": {
        str(N + 2): {"content": "<c>"}, str(N + 3): {"content": "<d>", "special": True, "rstrip": True}}}}),
    "extra-list": (base(PLAIN), {"tokenizer_config.json": {
        "eos_token": "<b>", "extra_special_tokens": ["<e>", "<f>", typed("<g>", lstrip=True), "<a>"]}}),
    "additional-list": (base(PLAIN), {"tokenizer_config.json": {
        "eos_token": "<b>", "additional_special_tokens": ["<e>", "<f>"], "added_tokens_decoder": {str(N): token("<a>", rstrip=True)}}}),
    "extra-roles": (base(PLAIN), {"tokenizer_config.json": {
        "eos_token": "<b>", "image_token": "<f>", "extra_special_tokens": {"picture_token": "<img>", "end": "<e>"}}}),
    "roles": (base(PLAIN), {"tokenizer_config.json": {
        "bos_token": "<s>", "eos_token": "</s>", "mask_token": typed("<mask>", lstrip=True), "unk_token": None}}),
    "special-tokens-map": (base(PLAIN), {
        "tokenizer_config.json": {"eos_token": "<b>", "bos_token": "<s>"},
        "special_tokens_map.json": {"eos_token": {"content": "</s>", "lstrip": True, "rstrip": True, "normalized": False,
                                                  "single_word": False}, "additional_special_tokens": ["<f>"]},
        "added_tokens.json": {"<f>": N + 3, "<c>": N + 2}}),
    "special-tokens-map-passed-over": (base(PLAIN), {
        "tokenizer_config.json": {"eos_token": "<b>", "added_tokens_decoder": {str(N): token("<a>")}},
        "special_tokens_map.json": {"eos_token": "</s>", "bos_token": "<s>"}}),
}


def reference(tokenizer, text):
    ids = tokenizer.encode(text)
    tokenizer.backend_tokenizer.encode_special_tokens = True
    plain = tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
    tokenizer.backend_tokenizer.encode_special_tokens = False
    return {"text": text, "ids": ids, "prompt": tokenizer.encode(text, add_special_tokens=False), "plain": plain,
            "decoded": tokenizer.decode(ids, skip_special_tokens=True), "shown": tokenizer.decode(ids, skip_special_tokens=False)}


def case(tokenizer_json, files):
    with tempfile.TemporaryDirectory() as folder:
        written = {"tokenizer.json": tokenizer_json, **files}
        written["tokenizer_config.json"] = {"tokenizer_class": "PreTrainedTokenizerFast", **written["tokenizer_config.json"]}
        for name, value in written.items():
            (Path(folder) / name).write_text(json.dumps(value))
        tokenizer = AutoTokenizer.from_pretrained(folder)
        return {"files": written, "roles": tokenizer.special_tokens_map, "cases": [reference(tokenizer, t) for t in TEXTS]}


found = {name: case(*made) for name, made in CASES.items()}
OUT.write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n")
print(f"{len(found)} cases, {OUT.stat().st_size // 1000} kB")
