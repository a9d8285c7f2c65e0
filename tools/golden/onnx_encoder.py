"""Writes a tiny BERT as ONNX, plain and quantised, and its weights under Hugging Face names.

Needs the PyPI packages torch, transformers, safetensors, onnx and onnxruntime:

    python tools/golden/onnx_encoder.py
"""

import pathlib

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import save_file
from transformers import BertConfig, BertModel

OUT = pathlib.Path(__file__).parents[2] / "store/src/test/resources/deepseek/store/onnx"


class LastHiddenState(torch.nn.Module):
    def __init__(self, bert):
        super().__init__()
        self.bert = bert

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.bert(input_ids, attention_mask, token_type_ids).last_hidden_state


def dequantised(path):
    """Weights by the name ONNX Runtime gave them, without _quantized."""
    parts = {i.name: numpy_helper.to_array(i) for i in onnx.load(path).graph.initializer}
    for name, values in parts.items():
        if name.endswith("_quantized"):
            whole = name.removesuffix("_quantized")
            zero = parts[whole + "_zero_point"].astype(np.float32)
            yield whole, (values.astype(np.float32) - zero) * parts[whole + "_scale"]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    config = BertConfig(vocab_size=40, hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
                        intermediate_size=16, max_position_embeddings=12, type_vocab_size=2)
    config._attn_implementation = "eager"
    bert = BertModel(config, add_pooling_layer=False).eval()
    for parameter in bert.parameters():
        torch.nn.init.normal_(parameter)
    ids = torch.ones(2, 5, dtype=torch.long)
    torch.onnx.export(LastHiddenState(bert), (ids, ids, ids), OUT / "tiny-bert.onnx", dynamo=False,
                      input_names=["input_ids", "attention_mask", "token_type_ids"],
                      output_names=["last_hidden_state"], opset_version=14, dynamic_axes={
                          n: {0: "batch", 1: "length"}
                          for n in ("input_ids", "attention_mask", "token_type_ids")})
    state = {name: value.numpy() for name, value in bert.state_dict().items()}
    save_file(state, OUT / "tiny-bert.safetensors")
    bert.config.to_json_file(OUT / "tiny-bert.json")

    quantize_dynamic(OUT / "tiny-bert.onnx", OUT / "tiny-bert-q.onnx",
                     weight_type=QuantType.QInt8, per_channel=True)
    # Matched to Hugging Face names by nearness: quantisation moves no weight far.
    found = {}
    for name, values in dequantised(OUT / "tiny-bert-q.onnx"):
        for candidate, original in state.items():
            for turned in (values, values.T):
                if turned.shape == original.shape and np.abs(turned - original).max() < 0.1:
                    found[candidate] = np.ascontiguousarray(turned)
    save_file(found, OUT / "tiny-bert-q.safetensors")
    print(len(state), "weights,", len(found), "of them quantised")


if __name__ == "__main__":
    main()
