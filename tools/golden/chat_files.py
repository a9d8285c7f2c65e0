"""Which of a folder's chat templates transformers takes: `python tools/golden/chat_files.py`.

Writes text/src/test/resources/golden/chat/files.json: files of a folder, and what a chat without and with tools
renders to; null where transformers has no template for it.
"""

import json
import shutil
import tempfile
from pathlib import Path

from transformers import AutoTokenizer

GOLDEN = Path(__file__).resolve().parents[2] / "text/src/test/resources/golden"
TALK = [{"role": "user", "content": "Hello"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
NAMED = [{"name": "default", "template": "list {{ messages[0].content }}"}, {"name": "tool_use", "template": "list tools"}]
FOLDERS = [
    {},
    {"config": None},
    {"config": "config {{ messages[0].content }}"},
    {"config": {"default": "object {{ messages[0].content }}"}},
    {"config": {"default": "object", "tool_use": "object tools", "rag": "object rag"}},
    {"config": {"rag": "object rag"}},
    {"config": NAMED},
    {"config": NAMED[1:]},
    {"config": "config", "chat_template.jinja": "file {{ messages[0].content }}"},
    {"config": NAMED, "chat_template.jinja": "file"},
    {"config": "config", "additional_chat_templates/tool_use.jinja": "file tools"},
    {"config": NAMED, "chat_template.jinja": "file", "additional_chat_templates/tool_use.jinja": "file tools",
     "additional_chat_templates/rag.jinja": "rag"},
    {"chat_template.jinja": "file\r\n{% if true %}\r\nyes\r\n{% endif %}"},
]


def render(tokenizer, tools):
    try:
        return tokenizer.apply_chat_template(TALK, tools=tools, tokenize=False)
    except ValueError:
        return None


def main():
    cases = []
    for contents in FOLDERS:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            shutil.copy(GOLDEN / "tokenizers/qwen2/tokenizer.json", folder)
            files = {name: text for name, text in contents.items() if name != "config"}
            config = {"tokenizer_class": "PreTrainedTokenizerFast"}
            files["tokenizer_config.json"] = json.dumps(
                config | ({"chat_template": contents["config"]} if "config" in contents else {}))
            for name, text in files.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(text.encode())
            tokenizer = AutoTokenizer.from_pretrained(folder)
            cases.append({"files": files, "plain": render(tokenizer, None), "tools": render(tokenizer, [TOOL])})
    (GOLDEN / "chat/files.json").write_text(json.dumps(cases, indent=1) + "\n")
    for case in cases:
        print(case)


main()
