"""Writes a GGUF file with one tensor of every type, and what each decodes to.

Needs the PyPI packages `gguf` and `numpy`:

    python tools/golden/gguf_types.py

all-types.gguf holds random blocks with finite scales; all-types.f32 holds the decoded values of
its tensors one after the other, little-endian, in the order of the file. weights.f32 and
weights-<type>.bin hold floats and what gguf.quantize makes of them.
"""

import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as T

OUT = pathlib.Path(__file__).parents[2] / "store/src/test/resources/deepseek/store/gguf"
ROWS, COLUMNS = 3, 512

# Offsets of the f16 scales inside a block; the other bytes may be anything.
SCALES = {
    T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0],
    T.Q2_K: [80, 82], T.Q3_K: [108], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208],
    T.IQ2_XXS: [0], T.IQ2_XS: [0], T.IQ2_S: [0], T.IQ3_XXS: [0], T.IQ3_S: [0], T.IQ1_S: [0],
    T.IQ4_NL: [0], T.IQ4_XS: [0], T.TQ1_0: [52], T.TQ2_0: [64], T.Q1_0: [0],
}
PLAIN = {T.F32: np.float32, T.F16: np.float16, T.F64: np.float64, T.I8: np.int8, T.I16: np.int16,
         T.I32: np.int32, T.I64: np.int64}


def blocks(rng, kind):
    """Random rows of blocks as bytes, [ROWS, bytes to a row]."""
    size, width = gguf.GGML_QUANT_SIZES[kind]
    raw = rng.integers(0, 256, (ROWS * COLUMNS // size, width), dtype=np.uint8)
    for offset in SCALES.get(kind, []):
        scale = rng.normal(size=len(raw)).astype(np.float16)
        raw[:, offset:offset + 2] = scale.view(np.uint8).reshape(-1, 2)
    if kind == T.IQ1_M:  # its f16 scale is spread over the top nibbles of four words
        scale = rng.normal(size=len(raw)).astype(np.float16).view(np.uint16)
        words = raw[:, 48:56].view(np.uint16)
        for i in range(4):
            words[:, i] = (words[:, i] & 0x0FFF) | (((scale >> (4 * i)) & 15) << 12)
    if kind == T.Q8_K:
        raw[:, :4] = rng.normal(size=len(raw)).astype(np.float32).view(np.uint8).reshape(-1, 4)
    if kind == T.MXFP4:
        raw[:, 0] = rng.integers(0, 250, len(raw))  # 255 stands for NaN, 251 to 254 overflow
    if kind == T.NVFP4:
        raw[:, :4] &= 0x7E
    return raw.reshape(ROWS, -1)


def decode(raw, kind):
    size, width = gguf.GGML_QUANT_SIZES[kind]
    rows = raw.reshape(-1, width)
    if kind == T.Q8_K:  # not in the package: d * q
        d = rows[:, :4].copy().view(np.float32)
        return d * rows[:, 4:260].view(np.int8).astype(np.float32)
    if kind == T.Q1_0:  # not in the package: a set bit is d, a clear one -d
        d = rows[:, :2].copy().view(np.float16).astype(np.float32)
        return np.where(np.unpackbits(rows[:, 2:], axis=1, bitorder="little") == 1, d, -d)
    return gguf.dequantize(raw, kind)


def all_types():
    rng = np.random.default_rng(1)
    writer = gguf.GGUFWriter(OUT / "all-types.gguf", "test")
    writer.add_string("test.text", "grüße")
    for bits in (8, 16, 32, 64):
        getattr(writer, f"add_uint{bits}")(f"test.u{bits}", 2**bits - 1)
        getattr(writer, f"add_int{bits}")(f"test.i{bits}", -(2 ** (bits - 1)))
    writer.add_float32("test.f32", 0.1)
    writer.add_float64("test.f64", 0.1)
    writer.add_bool("test.bool", True)
    writer.add_array("test.texts", ["a", "", "c"])
    writer.add_array("test.wholes", [1, -2, 3])
    writer.add_array("test.reals", [0.5, -1.25])
    writer.add_array("test.nested", [[1, 2], [3]])
    writer.add_array("test.bytes", b"\x00\xff\x7f")
    values = []
    for kind in sorted(T):
        if kind == T.Q8_1:  # an intermediate type that files don't hold
            continue
        if kind in PLAIN:
            data = (rng.normal(size=(ROWS, COLUMNS)) * 100).astype(PLAIN[kind])
            writer.add_tensor(kind.name, data)
            values.append(data)
        else:
            raw = blocks(rng, kind)
            writer.add_tensor(kind.name, raw, raw_dtype=kind)
            values.append(decode(raw, kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    np.concatenate([v.astype("<f4").ravel() for v in values]).tofile(OUT / "all-types.f32")


def quantised():
    rng = np.random.default_rng(2)
    weights = rng.normal(size=(8, 96)).astype(np.float32)
    weights[0] = 0  # a block of zeros has no scale to divide by
    weights[1, :32] = -3.5
    weights[2] *= 1e-7
    weights[3] *= 1e4
    weights.tofile(OUT / "weights.f32")
    for kind in (T.F16, T.BF16, T.Q8_0, T.Q4_0):
        gguf.quantize(weights, kind).tofile(OUT / f"weights-{kind.name}.bin")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    all_types()
    quantised()
