"""Writes the codebooks of ggml's IQ1, IQ2 and IQ3 types as the reader's resource.

The tables are facts of the format; the `gguf` package from PyPI carries them packed in hexadecimal.

    python tools/golden/gguf_grids.py
"""

import pathlib

from gguf import quants

OUT = pathlib.Path(__file__).parents[2] / "store/src/main/resources/deepseek/store/gguf/grids.properties"

lines = ["# Codebooks of the IQ types, packed; made by tools/golden/gguf_grids.py."]
for name in ("IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ1_S"):
    lines.append(f"{name}={getattr(quants, name).grid_hex.decode()}")
OUT.write_text("\n".join(lines) + "\n")
