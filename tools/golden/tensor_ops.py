"""What PyTorch answers to awkward operands: venv/bin/python tools/golden/tensor_ops.py

Writes compute/src/test/resources/deepseek/compute/tensor-ops.txt: the operands, then a line for each call,
`operation|operands|numbers|result`. A result is `dtype[shape] values`, or `refused` where PyTorch raises.
Results that changed in place are those of the whole memory behind the operand.
"""

import random
from pathlib import Path

import torch
import torch.nn.functional as F

PATH = Path(__file__).resolve().parents[2] / "compute/src/test/resources/deepseek/compute/tensor-ops.txt"
NAN, INF = float("nan"), float("inf")
CALLS_FOR_EACH = 7

# name: dtype, shape, values, view: "" as it is, "t" transposed, "s" every second column, "e" expanded to [2, 3]
OPERANDS = {
    "f32": ("float32", [2, 3], [1.5, -2.5, 0.5, -0.0, 3, -1], ""),
    "f32odd": ("float32", [2, 3], [NAN, INF, -INF, 1e38, -1e-40, 0], ""),
    "f32t": ("float32", [3, 2], [1, -2, 3, -4, 5, -6.5], "t"),
    "f32s": ("float32", [2, 6], [float(i) / 4 for i in range(12)], "s"),
    "f32e": ("float32", [1], [0.75], "e"),
    "f32row": ("float32", [3], [0.5, -1, 2], ""),
    "f32one": ("float32", [], [2.5], ""),
    "f32none": ("float32", [2, 0], [], ""),
    "f64": ("float64", [2, 3], [1e300, -1e-300, 0.1, NAN, 7, -7], ""),
    "bf16": ("bfloat16", [2, 3], [1.0078125, -256, 3.390625, 1e30, 0.5, -0.0], ""),
    "bf16t": ("bfloat16", [3, 2], [1, 2, 3, 4, 5, 6], "t"),
    "f16": ("float16", [2, 3], [65504, -0.5, 6e-8, 2, NAN, -INF], ""),
    "i64": ("int64", [2, 3], [2**53 + 1, -3, 0, 5, -(2**62), 1], ""),
    "i32": ("int32", [2, 3], [2**31 - 1, -(2**31), 0, 7, -7, 2], ""),
    "i16": ("int16", [3], [32767, -32768, 3], ""),
    "i8": ("int8", [2, 3], [127, -128, 0, 5, -5, 1], ""),
    "u8": ("uint8", [3], [255, 0, 7], ""),
    "bool": ("bool", [2, 3], [1, 0, 1, 0, 0, 1], ""),
    "i64none": ("int64", [0, 3], [], ""),
    "at": ("int64", [2, 3], [1, 0, 1, 0, 1, 1], ""),
    "atrow": ("int64", [2], [1, 0], ""),
}


def base(name: str) -> torch.Tensor:
    dtype, shape, values, _ = OPERANDS[name]
    return torch.tensor(values, dtype=torch.float64 if "float" in dtype else torch.int64).to(
        getattr(torch, dtype)).reshape(shape)


def view(name: str, memory: torch.Tensor) -> torch.Tensor:
    how = OPERANDS[name][3]
    return {"": lambda: memory, "t": lambda: memory.t(), "s": lambda: memory[:, ::2],
            "e": lambda: memory.expand(2, 3)}[how]()


def operand(name: str) -> torch.Tensor:
    return view(name, base(name))


def whole(x: float):
    """A double that is a whole number counts as one."""
    return int(x) if x == x and abs(x) < 2**53 and x == int(x) else x


def changed(change):
    """Of an operation in place: the memory behind its first operand."""

    def call(names, numbers):
        memory = base(names[0])
        change(view(names[0], memory), *[operand(n) for n in names[1:]], *[whole(n) for n in numbers])
        return memory

    return call


def made(f):
    return lambda names, numbers: f(*[operand(n) for n in names], *[whole(n) for n in numbers])


ANY = list(OPERANDS)
DIMS = [0, 1, -1, -2, 2]
NUMBERS = [2, 0.5, -1, 0, NAN, INF, 1e-3, 100]

UNARY = {
    "neg": torch.neg, "abs": torch.abs, "exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal, "sin": torch.sin, "cos": torch.cos,
    "tanh": torch.tanh, "erf": torch.erf, "sigmoid": torch.sigmoid, "floor": torch.floor,
    "round": torch.round, "relu": torch.relu, "silu": F.silu, "gelu": F.gelu,
    "geluTanh": lambda a: F.gelu(a, approximate="tanh"), "softplus": F.softplus,
    "logicalNot": torch.logical_not, "isFinite": torch.isfinite, "sum": torch.sum, "mean": torch.mean,
    "max": torch.max, "min": torch.min, "any": torch.any, "all": torch.all, "norm": torch.norm,
    "nonzero": torch.nonzero, "contiguous": lambda a: a.contiguous(),
}
ALONG = {
    "sumDim": lambda a, d: a.sum(d), "meanDim": lambda a, d: a.mean(d), "maxDim": lambda a, d: a.amax(d),
    "minDim": lambda a, d: a.amin(d), "variance": lambda a, d: a.var(d, correction=0, keepdim=True),
    "logSumExp": lambda a, d: a.logsumexp(d), "argmax": lambda a, d: a.argmax(d),
    "cumsum": lambda a, d: a.cumsum(d), "softmax": lambda a, d: a.softmax(d),
    "logSoftmax": lambda a, d: a.log_softmax(d), "sortAscending": lambda a, d: a.sort(d).values,
    "sortDescending": lambda a, d: a.sort(d, descending=True).values, "flip": lambda a, d: a.flip(d),
    "squeeze": lambda a, d: a.squeeze(d), "unsqueeze": lambda a, d: a.unsqueeze(d),
}
WITH_NUMBER = {
    "addNumber": lambda a, b: a + b, "subNumber": lambda a, b: a - b, "mulNumber": lambda a, b: a * b,
    "divNumber": lambda a, b: a / b, "powNumber": lambda a, b: a.pow(b),
    "remainder": lambda a, b: a.remainder(b), "clampMin": lambda a, b: a.clamp_min(b),
    "clampMax": lambda a, b: a.clamp_max(b), "eqNumber": lambda a, b: a.eq(b), "ltNumber": lambda a, b: a.lt(b),
    "geNumber": lambda a, b: a.ge(b),
}
BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow,
    "minimum": torch.minimum, "maximum": torch.maximum, "eq": torch.eq, "lt": torch.lt, "le": torch.le,
    "gt": torch.gt, "ge": torch.ge, "logicalAnd": torch.logical_and, "logicalOr": torch.logical_or,
    "linear": F.linear, "matmul": torch.matmul,
    "rmsNorm": lambda a, w: F.rms_norm(a, w.shape, w, 1e-6),
    "cat": lambda a, b: torch.cat([a, b], 0), "stack": lambda a, b: torch.stack([a, b], -1),
}
CHANGES = {
    "addInPlace": lambda a, b: a.add_(b), "mulInPlace": lambda a, b: a.mul_(b), "copyFrom": lambda a, b: a.copy_(b),
}
CHANGES_BY_NUMBER = {"mulInPlaceNumber": lambda a, b: a.mul_(b), "fill": lambda a, b: a.fill_(b)}
INDEXED = {
    "gather": lambda a, i: a.gather(1, i), "indexSelect": lambda a, i: a.index_select(1, i),
    "embedding": lambda a, i: F.embedding(i, a), "scatterAdd": lambda a, i: a.scatter_add(0, i, a),
    "oneHot": lambda a, i: F.one_hot(i, 2),
}
PAIRS = {
    "slice": lambda a, s, e: a[s:e] if a.dim() else a.squeeze(9), "topk": lambda a, k, d: a.topk(k, d).values,
    "repeatInterleave": lambda a, n, d: a.repeat_interleave(n, d), "narrow": lambda a, s, n: a.narrow(-1, s, n),
    "transpose": lambda a, x, y: a.transpose(x, y), "reshape": lambda a, x, y: a.reshape(x, y),
    "tril": lambda a, d, _: a.tril(d), "triu": lambda a, d, _: a.triu(d),
}


def calls():
    for name, f in UNARY.items():
        yield from ((name, [a], [], made(f)) for a in sample(ANY))
    for name, f in ALONG.items():
        yield from ((name, [a], [choose(DIMS)], made(f)) for a in sample(ANY))
    for name, f in WITH_NUMBER.items():
        yield from ((name, [a], [choose(NUMBERS)], made(f)) for a in sample(ANY))
    for name, f in BINARY.items():
        yield from ((name, [a, choose(ANY)], [], made(f)) for a in sample(ANY))
    for name, f in CHANGES.items():
        yield from ((name, [a, choose(ANY)], [], changed(f)) for a in sample(ANY))
    for name, f in CHANGES_BY_NUMBER.items():
        yield from ((name, [a], [choose(NUMBERS)], changed(f)) for a in sample(ANY))
    for name, f in INDEXED.items():
        yield from ((name, [a, choose(["at", "atrow", "i64none", "i32"])], [], made(f)) for a in sample(ANY))
    for name, f in PAIRS.items():
        yield from ((name, [a], [choose([0, 1, 2, -1, -2]), choose([0, 1, 2, 3, -1])], made(f)) for a in sample(ANY))
    for dtype in ("float16", "bfloat16", "float32", "float64", "int8", "int32", "uint8", "bool"):
        # C++ leaves open what becomes of numbers that an integer type does not hold.
        wide = [a for a in ANY if "float" in dtype or dtype == "bool" or OPERANDS[a][0][0] not in "fb"]
        yield from (("to " + dtype, [a], [], made(lambda t, d=dtype: t.to(getattr(torch, d)))) for a in sample(wide))


RANDOM = random.Random(12)


def sample(of):
    return RANDOM.sample(of, CALLS_FOR_EACH)


def choose(of):
    return RANDOM.choice(of)


def text(t: torch.Tensor) -> str:
    values = t.double().flatten().tolist() if t.is_floating_point() else t.long().flatten().tolist()
    shape = ",".join(map(str, t.shape))
    return f"{str(t.dtype)[6:]}[{shape}] " + " ".join(map(repr, values))


def result(call, names, numbers) -> str:
    try:
        return text(call(names, numbers))
    except (RuntimeError, IndexError, ValueError, TypeError, NotImplementedError):
        return "refused"


def main() -> None:
    lines = ["# tools/golden/tensor_ops.py wrote this with PyTorch " + torch.__version__.split("+")[0]]
    lines += [f"{name}|{view or '-'}|{text(base(name))}" for name, (_, _, _, view) in OPERANDS.items()]
    lines.append("")
    seen = set()
    for operation, names, numbers, call in calls():
        line = f"{operation}|{' '.join(names)}|{' '.join(map(repr, numbers))}|"
        if line not in seen:
            seen.add(line)
            lines.append(line + result(call, names, numbers))
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(seen), "calls,", sum(line.endswith("refused") for line in lines), "refused")


if __name__ == "__main__":
    main()
