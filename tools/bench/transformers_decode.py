"""Decodes with Hugging Face transformers, on orders from standard input: the bench's peer.

Run by the bench module (docs/performance.md); needs torch and transformers. Arguments: a model
folder, the number of threads. It answers {"ready": ...} once, and then each line of input, a JSON
object {"cache": "dynamic" | "static", "prompt": [ids], "new": N}, by one of output:
{"prefill": seconds, "decode": seconds, "ids": [N ids]}. Prefill ends with the first new token,
decode has the N - 1 others. The loop calls the model itself, as fast a loop as generate() allows:
no sampling, no stopping criteria, logits of the last token only.
"""

import json
import sys
import time

import torch
import transformers
from transformers import AutoModelForCausalLM, DynamicCache, StaticCache


def decode(model, order):
    prompt = torch.tensor([order["prompt"]])
    length, new = prompt.shape[1], order["new"]
    if order["cache"] == "static":
        cache = StaticCache(config=model.config, max_cache_len=length + new)
    else:
        cache = DynamicCache(config=model.config)
    ids = []
    begin = time.perf_counter()
    token = prompt
    for step in range(new):
        out = model(input_ids=token, past_key_values=cache, use_cache=True, logits_to_keep=1)
        token = out.logits[:, -1].argmax(-1, keepdim=True)
        ids.append(token.item())
        if step == 0:
            first = time.perf_counter()
    return {"prefill": first - begin, "decode": time.perf_counter() - first, "ids": ids}


def main():
    folder, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto", attn_implementation="sdpa")
    model.eval()
    versions = f"transformers {transformers.__version__}, torch {torch.__version__}"
    print(json.dumps({"ready": versions, "dtype": str(model.dtype)}), flush=True)
    with torch.inference_mode():
        for line in sys.stdin:
            print(json.dumps(decode(model, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
