"""What transformers makes of texts: `python tools/golden/tokenisations.py [GGUF ...]`.

Trains small tokenizers of every kind that models use (vocabularies of about a thousand tokens, so that they can be
committed), saves them as Hugging Face folders in text/src/test/resources/golden/tokenizers, and writes beside each
the ids and decoded texts of TEXTS. With GGUF files as arguments it writes <name>.gguf.json for each instead, the ids
of transformers' conversion of that file; `pieces` writes the tokenizer.model folders alone.
"""

import json
import pydoc_data.topics
import sys
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import AddedToken
from transformers import AutoTokenizer

OUT = Path(__file__).resolve().parents[2] / "text/src/test/resources/golden/tokenizers"

# Article 1 of the Universal Declaration of Human Rights
MANY = """All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience.
Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt.
Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison.
Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón.
Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью.
人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。
すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。
모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.
يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا.
सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।
כל בני אדם נולדו בני חורין ושווים בערכם ובזכויותיהם.
Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.
Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.
"""
CORPUS = (MANY * 4 + "\n".join(sorted(pydoc_data.topics.topics.values())[:40])).splitlines()

TEXTS = [
    "", " ", "a", "Hello, world!", " leading space", "trailing space ", "  two  spaces   three    four     five",
    "\ttab\tand\n\nnewlines\r\n\r\nand more\n", "   \n   \n", "\n", "\u00a0no-break\u2003em\u3000wide\u200bzero",
    "I'm, you're, he'll, they'd, we've, it's", "I'M, YOU'RE, IT'S, 'S", "don\u2019t \u201cquote\u201d \u2014 dash\u2026",
    "3.14159 and 1234567890", "1 22 333 4444 55555", "2024-02-29T23:59:59Z", "٣٤٥ ४५६ Ⅷ ½ ²",
    "camelCase snake_case SCREAMING_CASE kebab-case", "for (int i = 0; i < n; ++i) { a[i] += b[i] * 2; }",
    "    def f(self, *args, **kwargs):\n        return None\n", "\t\tif x:\n\t\t\tpass  # done",
    "<html><body class=\"x\">&amp;</body></html>", "https://example.org/path?query=1&other=%20#fragment",
    "SELECT * FROM t WHERE a='b' -- c", "{\"key\": [1, 2.5, null], \"k\": \"v\\n\"}", "$x^2 + \\frac{a}{b} = \\sqrt{c}$",
    "naïve café Straße façade Ærøskøbing", "cafe\u0301 re\u0301sume\u0301 A\u030a", "ﬁne ﬂow ①②③ ｆｕｌｌ ㎏ ℌ",
    "Все люди рождаются свободными", "Ελληνικά γράμματα", "人人生而自由，在尊严和权利上一律平等。", "すべての人間は、自由",
    "모든 인간은 태어날 때부터", "يولد جميع الناس أحرارا", "सभी मनुष्यों को गौरव", "כל בני אדם נולדו", "ภาษาไทยไม่มีช่องว่าง",
    "Tất cả mọi người sinh ra", "中文English混合한국어", "😀", "👩‍👩‍👧‍👦 family 🇩🇪 flag 👍🏽", "emoji😀in😀words",
    "𝕬𝖇𝖈 𠮷野家 𐍈", "\u0000\u0001\u001b[31mred\u007f", "\ufeffBOM", "e\u0301\u0301\u0301\u0301", "\ufffd broken",
    "a" * 300, "word " * 60, " " * 70, "=" * 80 + "\n" + "-" * 33, "aAaAaA1a1A!a!A?", "ab" * 40 + "\n" * 9,
    "<s>special</s> <unk> [CLS] [SEP] [MASK]", "<|begin|>user<|end|>", "x<|end|>", " <|end|> y", "<tool_call>{}</tool_call>",
    "<|end |> <|END|>", "The quick brown fox jumps over the lazy dog. " * 3, MANY.splitlines()[0],
]
PAIRS = [("What is a cat?", "A small animal."), ("", "only the second"), ("long " * 30, "short"), ("short", "long " * 30)]

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")
DEEPSEEK3 = [
    r"\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+",
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"""
    r"""|\s*[\r\n]+|\s+(?!\S)|\s+"""]
CHAT = [AddedToken(t, special=True, normalized=False) for t in ("<|begin|>", "<|end|>", "<|pad|>")]
TOOLS = [AddedToken(t, special=False, normalized=False) for t in ("<tool_call>", "</tool_call>")]


def split(*patterns):
    steps = [pre_tokenizers.Split(Regex(p), "isolated") for p in patterns]
    return pre_tokenizers.Sequence([*steps, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def byte_level(pre_tokenizer, normalizer=None, ignore_merges=False, bos=False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=1000, initial_alphabet=alphabet, show_progress=False))
    tokenizer.add_special_tokens(CHAT)
    tokenizer.add_tokens(TOOLS)
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<|begin|> $A", pair="<|begin|> $A <|begin|>:1 $B:1",
            special_tokens=[("<|begin|>", tokenizer.token_to_id("<|begin|>"))])
    return tokenizer


# What SentencePiece's nmt_nfkc does to a few characters; the whole table would take 300 kB.
RULES = {"ﬁ": "fi", "ﬂ": "fl", "①": "1", "②": "2", "③": "3", "㎏": "kg", "ℌ": "H", "e\u0301": "é", "\u00a0": " ", "\u3000": " "}


def chars_map():
    """A precompiled_charsmap with RULES, as XLM-R and T5 have one in their tokenizer.json."""
    with tempfile.TemporaryDirectory() as folder:
        code = lambda text: " ".join(f"{ord(c):X}" for c in text)
        Path(f"{folder}/rules.tsv").write_text("".join(f"{code(a)}\t{code(b)}\n" for a, b in RULES.items()))
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS), model_prefix=f"{folder}/m", vocab_size=400, minloglevel=2,
            normalization_rule_tsv=f"{folder}/rules.tsv")
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString(Path(f"{folder}/m.model").read_bytes())
    return proto.normalizer_spec.precompiled_charsmap


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(chars_map()), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        CORPUS, trainers.UnigramTrainer(vocab_size=1200, special_tokens=special, unk_token="<unk>", show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("<s>", "</s>")])
    return tokenizer


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        CORPUS, trainers.WordPieceTrainer(vocab_size=1200, special_tokens=special, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")])
    # As sentence-transformers saves them; a loader must not truncate and pad by itself.
    tokenizer.enable_truncation(max_length=16)
    tokenizer.enable_padding(length=16)
    return tokenizer


def sentence_piece():
    """A SentencePiece BPE with byte fallback, converted as transformers converts Llama's."""
    with tempfile.TemporaryDirectory() as folder:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS), model_prefix=f"{folder}/m", model_type="bpe", vocab_size=1200,
            byte_fallback=True, character_coverage=0.99, normalization_rule_name="identity",
            remove_extra_whitespaces=False, split_digits=True, allow_whitespace_only_pieces=True, minloglevel=2)
        pieces = sentencepiece.SentencePieceProcessor(f"{folder}/m.model")
        vocab = {pieces.id_to_piece(i): i for i in range(len(pieces))}
        scores = {p: pieces.get_score(i) for p, i in vocab.items()}
        normal = {p for p, i in vocab.items() if not (pieces.is_control(i) or pieces.is_unknown(i) or pieces.is_byte(i))}
    merges = []
    for piece in normal:
        cuts = [(piece[:k], piece[k:]) for k in range(1, len(piece))]
        merges += [(l, r, scores[piece]) for l, r in cuts if l in normal and r in normal]
    merges.sort(key=lambda m: (m[2], len(m[0]), len(m[1])), reverse=True)
    model = models.BPE(vocab, [m[:2] for m in merges], unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in ("<unk>", "<s>", "</s>")])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])
    return tokenizer


CHAT_CONFIG = {"bos_token": "<|begin|>", "eos_token": "<|end|>", "pad_token": "<|pad|>"}
DIGITS = pre_tokenizers.Digits(individual_digits=True)
TOKENIZERS = {
    "llama3": (lambda: byte_level(split(LLAMA3), ignore_merges=True, bos=True), CHAT_CONFIG),
    "qwen2": (lambda: byte_level(split(QWEN2), normalizers.NFC()), CHAT_CONFIG),
    "smollm": (
        lambda: byte_level(pre_tokenizers.Sequence([DIGITS, pre_tokenizers.ByteLevel(add_prefix_space=False)])), CHAT_CONFIG),
    # transformers 5 passes over the flag of the configuration where there is a tokenizer.json.
    "deepseek3": (lambda: byte_level(split(*DEEPSEEK3)), {**CHAT_CONFIG, "add_bos_token": True, "add_eos_token": False}),
    "spm": (sentence_piece, {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}),
    "unigram": (unigram, {
        "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "cls_token": "<s>",
        "sep_token": "</s>", "mask_token": {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "rstrip": False,
                                            "normalized": False, "single_word": False, "special": True}}),
    "wordpiece": (word_piece, {
        "unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}),
}


# tokenizer.model files as Llama's, as Gemma's, and with SentencePiece's own way with text.
PIECES = {
    "spm-llama": {"normalization_rule_name": "identity", "remove_extra_whitespaces": False},
    "spm-gemma": {
        "normalization_rule_name": "identity", "remove_extra_whitespaces": False, "add_dummy_prefix": False,
        "pad_id": 0, "eos_id": 1, "bos_id": 2, "unk_id": 3, "user_defined_symbols": [
            "<mask>", "<start_of_turn>", "\n\n", "\n\n\n", *("▁" * n for n in range(2, 9))]},
    "spm-rules": {"remove_extra_whitespaces": True, "byte_fallback": False},
}


def pieces():
    """Folders of nothing but a tokenizer.model, and what SentencePiece makes of TEXTS with it."""
    for name, options in PIECES.items():
        folder = OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            if name == "spm-rules":
                code = lambda text: " ".join(f"{ord(c):X}" for c in text)
                rules = Path(f"{scratch}/rules.tsv")
                rules.write_text("".join(f"{code(a)}\t{code(b)}\n" for a, b in RULES.items()))
                options = {**options, "normalization_rule_tsv": str(rules)}
            sentencepiece.SentencePieceTrainer.train(**{
                "sentence_iterator": iter(CORPUS), "model_prefix": f"{scratch}/m", "model_type": "bpe",
                "vocab_size": 900, "byte_fallback": True, "character_coverage": 0.99, "split_digits": True,
                "allow_whitespace_only_pieces": True, "minloglevel": 2, **options})
            proto = sentencepiece_model_pb2.ModelProto()
            proto.ParseFromString(Path(f"{scratch}/m.model").read_bytes())
        # Where it was trained is nobody's business and differs from run to run.
        proto.trainer_spec.ClearField("model_prefix")
        proto.normalizer_spec.ClearField("normalization_rule_tsv")
        data = proto.SerializeToString(deterministic=True)
        (folder / "tokenizer.model").write_bytes(data)
        processor = sentencepiece.SentencePieceProcessor(model_proto=data)
        cases = []
        for text in TEXTS:
            if name == "spm-rules" and text.startswith("e\u0301\u0301"):
                continue  # the tokenizers library looks rules up by whole graphemes
            ids = processor.encode(text)
            case = {"text": text, "ids": ids}
            # The unknown is special here, as for transformers, and left out; SentencePiece shows it as " ⁇ ".
            if (decoded := processor.decode([i for i in ids if i != processor.unk_id()])) != text:
                case["decoded"] = decoded
            cases.append(case)
        write(folder / "reference.json", {"cases": cases, "pairs": []})
        print(f"{name}: {len(processor)} pieces, {len(cases)} texts, {len(data) // 1000} kB")


def reference(tokenizer, texts):
    cases = []
    for text in texts:
        ids = tokenizer.encode(text)
        case = {"text": text, "ids": ids}
        prompt = tokenizer.encode(text, add_special_tokens=False)
        if prompt != ids:
            case["prompt"] = prompt
        tokenizer.backend_tokenizer.encode_special_tokens = True
        plain = tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        tokenizer.backend_tokenizer.encode_special_tokens = False
        if plain != prompt:
            case["plain"] = plain
        decoded = tokenizer.decode(ids, skip_special_tokens=True)
        if decoded != text:
            case["decoded"] = decoded
        shown = tokenizer.decode(ids, skip_special_tokens=False)
        if shown != decoded:
            case["shown"] = shown
        cases.append(case)
    return cases


def pair(tokenizer, first, second, limit):
    found = tokenizer(first, second, truncation="longest_first", max_length=limit, return_token_type_ids=True)
    return {"first": first, "second": second, "limit": limit, "ids": found["input_ids"], "types": found["token_type_ids"]}


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def trained():
    for name, (make, config) in TOKENIZERS.items():
        folder = OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        backend = make()
        write(folder / "tokenizer.json", json.loads(backend.to_str()))
        write(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", **config})
        write(folder / "generation_config.json", {"eos_token_id": [backend.token_to_id(config.get("eos_token", "[SEP]")), 7]})
        tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.no_truncation()
        cases = reference(tokenizer, TEXTS)
        pairs = [pair(tokenizer, a, b, n) for a, b in PAIRS for n in (512, 20, 9)]
        write(folder / "reference.json", {"cases": cases, "pairs": pairs})
        size = sum(f.stat().st_size for f in folder.iterdir())
        print(f"{name}: {len(tokenizer)} tokens, {len(cases)} texts, {size // 1000} kB")


def gguf(path):
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    pre = {"smollm": pre_tokenizers.Sequence([DIGITS, pre_tokenizers.ByteLevel(add_prefix_space=False)])}
    if "smollm" in path.name.lower():  # transformers 5.23 does not know this file's tokenizer.ggml.pre
        tokenizer.backend_tokenizer.pre_tokenizer = pre["smollm"]
    write(OUT / f"{path.stem.lower()}.gguf.json", {"cases": reference(tokenizer, TEXTS), "pairs": []})


if len(sys.argv) > 1:
    for argument in sys.argv[1:]:
        if argument == "pieces":
            pieces()
        else:
            gguf(Path(argument))
else:
    trained()
    pieces()
