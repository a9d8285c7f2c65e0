"""Regenerates every fixture: `python tools/golden/make.py [case ...]`."""

import os
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from transformers.utils import logging

import decoders
import encoders


def main(wanted: list[str]) -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as scratch:
        for family, cases in (
            (decoders, decoders.CASES),
            (encoders, [*encoders.CASES, encoders.SENTENCE]),
        ):
            for case in cases:
                if not wanted or case.name in wanted:
                    family.make(case, Path(scratch) / "model")


if __name__ == "__main__":
    main(sys.argv[1:])
