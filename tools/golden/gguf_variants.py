"""What llama.cpp makes of GGUF files that say or hold something unusual: `python tools/golden/gguf_variants.py`.

Each variant is a file of models/src/test/resources/gguf with other metadata or further tensors, its weights in
float32. Written are the logits of the last of 24 tokens; the test makes the same files. Needs the environment of
requirements-llamacpp.txt.
"""

import json
import pathlib
import tempfile

import gguf
import llama_cpp
import numpy as np

ROOT = pathlib.Path(__file__).parents[2] / "models/src/test/resources/gguf"
VOCABULARY, HIDDEN = 96, 32
TOKENS = [(i * 7919 + 13) % VOCABULARY for i in range(24)]


def numbers(size, seed):
    """Made up, alike in the test: multiples of an eighth from -1 to 1."""
    return np.array([((i * 7 + seed * 5) % 17 - 8) / 8 for i in range(size)], dtype=np.float32)


def divisors(size):
    return np.array([1 + i * 0.75 for i in range(size)], dtype=np.float32)


# Base file, tensors to add (name, values), metadata to set.
VARIANTS = {
    "plain": ("llama", [], {}),
    "mlp-biases": (
        "llama",
        [(f"blk.{n}.ffn_{part}.bias", ("ff" if part != "down" else "hidden", n + k))
         for n in range(2) for k, part in enumerate(("gate", "up", "down"))],
        {},
    ),
    "output-bias-of-one-layer": ("llama", [("blk.1.attn_output.bias", ("hidden", 3))], {}),
    "query-and-key-biases": (
        "llama", [("blk.0.attn_q.bias", ("query", 1)), ("blk.0.attn_k.bias", ("key", 2))], {}),
    "scale-linear": ("llama", [], {"llama.rope.scale_linear": 4.0}),
    "factor-without-kind": ("llama", [], {"llama.rope.scaling.factor": 4.0}),
    "factor-of-kind-none": ("llama", [], {"llama.rope.scaling.factor": 4.0, "llama.rope.scaling.type": "none"}),
    "divisors": ("llama", [("rope_freqs.weight", ("divisors", 0))], {}),
    "divisors-and-factor": (
        "llama", [("rope_freqs.weight", ("divisors", 0))], {"llama.rope.scaling.factor": 4.0}),
    "key-heads-by-layer": ("llama", [], {"llama.attention.head_count_kv": "by layer"}),
    "no-base": ("gemma3", [], {"gemma3.rope.freq_base": None}),
    "window-base": ("gemma3", [], {"gemma3.rope.freq_base_swa": 50.0}),
    "window-pattern": ("gemma3", [], {"gemma3.attention.sliding_window_pattern": 2}),
    "no-window": ("gemma3", [], {"gemma3.attention.sliding_window": None}),
}


def write(path, base, added, changed):
    reader = gguf.GGUFReader(ROOT / f"{base}.gguf")
    fields = {k: f.contents() for k, f in reader.fields.items() if not k.startswith("GGUF.")}
    kinds = {k: f.types[0] for k, f in reader.fields.items()}
    layers = fields[f"{base}.block_count"]
    writer = gguf.GGUFWriter(path, base)
    for key, value in fields.items():
        if key not in changed and key != "general.architecture":
            writer.add_key_value(key, value, kinds[key])
    for key, value in changed.items():
        if value == "by layer":
            writer.add_array(key, [fields[key]] * layers)
        elif isinstance(value, str):
            writer.add_string(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        elif value is not None:
            writer.add_uint32(key, value)
    writer.add_tokenizer_model("no_vocab")
    writer.add_vocab_size(VOCABULARY)
    sizes = {}
    for tensor in reader.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, np.ascontiguousarray(values, dtype=np.float32))
        sizes[tensor.name] = values.shape[0]
    lengths = {
        "hidden": HIDDEN,
        "ff": sizes["blk.0.ffn_up.weight"],
        "query": sizes["blk.0.attn_q.weight"],
        "key": sizes["blk.0.attn_k.weight"],
    }
    for name, (kind, seed) in added:
        if kind == "divisors":
            writer.add_tensor(name, divisors(fields[f"{base}.attention.key_length"] // 2))
        else:
            writer.add_tensor(name, numbers(lengths[kind], seed))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def logits(path):
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
    assert model, path
    settings = llama_cpp.llama_context_default_params()
    settings.n_ctx = settings.n_batch = settings.n_ubatch = 64
    settings.n_threads = settings.n_threads_batch = 2
    settings.type_k = settings.type_v = 0  # float32
    settings.flash_attn_type = 0
    context = llama_cpp.llama_init_from_model(model, settings)
    ids = (llama_cpp.llama_token * len(TOKENS))(*TOKENS)
    assert llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(ids, len(TOKENS))) == 0
    row = llama_cpp.llama_get_logits_ith(context, -1)
    result = [round(float(row[i]), 6) for i in range(VOCABULARY)]
    llama_cpp.llama_free(context)
    llama_cpp.llama_model_free(model)
    return result


if __name__ == "__main__":
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (base, added, changed) in VARIANTS.items():
            path = pathlib.Path(folder) / f"{name}.gguf"
            write(path, base, added, changed)
            found[name] = logits(path)
    for name, values in found.items():
        base = "plain" if VARIANTS[name][0] == "llama" else "no-window"
        print(name, "differs by", np.abs(np.subtract(values, found[base])).max())
    lines = [f'  "{name}": {json.dumps(values)}' for name, values in found.items()]
    (ROOT / "variants.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
