"""Makes tiny.gguf: a whole language model of 50 kB with random weights, in the shape of SmolLM2.

./deepseek starts it once after a build while the JDK records which classes a start needs, and the
command line's tests talk to it. It babbles.

    python make.py
"""

import pathlib

import gguf
import numpy as np

HIDDEN, HEADS, KEY_HEADS, INNER, LAYERS, CONTEXT = 64, 2, 1, 96, 2, 256
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def byte_tokens():
    """GPT-2's spelling of the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(rest)) for b in range(256)]


def vocabulary():
    words = ["Ġt", "he", "Ġthe", "Ġs", "ky", "Ġsky", "in", "an", "er", "Ġb"]
    merges = ["Ġ t", "h e", "Ġt he", "Ġ s", "k y", "Ġs ky", "i n", "a n", "e r", "Ġ b"]
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokens = special + byte_tokens() + words
    kinds = [gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.NORMAL] * (len(tokens) - 3)
    return tokens, kinds, merges


def main():
    rng = np.random.default_rng(2)
    tokens, kinds, merges = vocabulary()
    out = gguf.GGUFWriter(pathlib.Path(__file__).with_name("tiny.gguf"), "llama")
    out.add_name("Tiny")
    out.add_context_length(CONTEXT)
    out.add_embedding_length(HIDDEN)
    out.add_block_count(LAYERS)
    out.add_feed_forward_length(INNER)
    out.add_head_count(HEADS)
    out.add_head_count_kv(KEY_HEADS)
    out.add_rope_dimension_count(HIDDEN // HEADS)
    out.add_rope_freq_base(10000.0)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_vocab_size(len(tokens))
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("smollm")
    out.add_token_list(tokens)
    out.add_token_types(kinds)
    out.add_token_merges(merges)
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)
    out.add_pad_token_id(2)
    out.add_chat_template(TEMPLATE)

    def matrix(name, rows, columns, kind=gguf.GGMLQuantizationType.Q4_1):
        values = rng.normal(0, 0.4, (rows, columns)).astype(np.float32)
        out.add_tensor(name, gguf.quantize(values, kind), raw_dtype=kind)

    def ones(name):
        out.add_tensor(name, np.ones(HIDDEN, dtype=np.float32))

    matrix("token_embd.weight", len(tokens), HIDDEN, gguf.GGMLQuantizationType.Q8_0)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        ones(block + "attn_norm.weight")
        matrix(block + "attn_q.weight", HIDDEN, HIDDEN)
        matrix(block + "attn_k.weight", HIDDEN * KEY_HEADS // HEADS, HIDDEN)
        matrix(block + "attn_v.weight", HIDDEN * KEY_HEADS // HEADS, HIDDEN)
        matrix(block + "attn_output.weight", HIDDEN, HIDDEN)
        ones(block + "ffn_norm.weight")
        matrix(block + "ffn_gate.weight", INNER, HIDDEN)
        matrix(block + "ffn_up.weight", INNER, HIDDEN)
        matrix(block + "ffn_down.weight", HIDDEN, INNER)
    ones("output_norm.weight")
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


if __name__ == "__main__":
    main()
