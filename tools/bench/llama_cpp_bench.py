"""llama.cpp's side of `deepseek bench --vs llama.cpp`, on orders from standard input.

Run by the cli module (docs/performance.md); needs llama-cpp-python. Arguments: a GGUF file, the
number of threads, the most tokens of a run. It answers {"version": ..., "system": ...} once, and
then each line of input, a JSON object {"kind": "pp" | "tg", "tokens": N, "flash": bool}, by one of
output: {"seconds": ...}.

What is timed is what llama-bench times: llama_decode and llama_synchronize on an empty context,
random tokens, a batch of 2048 in parts of 512 for prompts, one token at a time for generation, no
sampling. Python adds microseconds.
"""

import json
import random
import sys
import time

import llama_cpp as llama

BATCH, PART = 2048, 512


@llama.llama_log_callback
def silent(level, text, data):
    pass


class Bench:
    def __init__(self, path, threads, most_tokens):
        self.threads, self.most_tokens = threads, most_tokens
        params = llama.llama_model_default_params()
        params.n_gpu_layers = 0
        self.model = llama.llama_model_load_from_file(path.encode(), params)
        if not self.model:
            sys.exit(f"llama.cpp can't load {path}")
        self.vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self.model))
        self.flash, self.context = None, None

    def use(self, flash):
        """A context with or without flash attention, made when that changes."""
        if self.flash == flash:
            return
        if self.context:
            llama.llama_free(self.context)
        params = llama.llama_context_default_params()
        params.n_ctx = self.most_tokens
        params.n_batch, params.n_ubatch = BATCH, PART
        params.n_threads = params.n_threads_batch = self.threads
        params.flash_attn_type = (
            llama.LLAMA_FLASH_ATTN_TYPE_ENABLED if flash else llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        )
        params.no_perf = True
        self.context = llama.llama_init_from_model(self.model, params)
        if not self.context:
            sys.exit(f"llama.cpp makes no context, flash attention {'on' if flash else 'off'}")
        self.flash = flash

    def seconds(self, kind, tokens):
        ids = [random.randrange(self.vocabulary) for _ in range(tokens)]
        size = BATCH if kind == "pp" else 1
        parts = [ids[i : i + size] for i in range(0, tokens, size)]
        arrays = [(llama.llama_token * len(part))(*part) for part in parts]
        batches = [llama.llama_batch_get_one(array, len(array)) for array in arrays]
        llama.llama_memory_clear(llama.llama_get_memory(self.context), False)
        begin = time.perf_counter()
        for batch in batches:
            if llama.llama_decode(self.context, batch) != 0:
                sys.exit("llama_decode failed")
            llama.llama_synchronize(self.context)
        return time.perf_counter() - begin


def main():
    path, threads, most_tokens = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    random.seed(0)
    llama.llama_log_set(silent, None)
    llama.llama_backend_init()
    bench = Bench(path, threads, most_tokens)
    ready = {
        "version": f"llama-cpp-python {llama.__version__}",
        "system": llama.llama_print_system_info().decode(),
    }
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        bench.use(order["flash"])
        print(json.dumps({"seconds": bench.seconds(order["kind"], order["tokens"])}), flush=True)


if __name__ == "__main__":
    main()
