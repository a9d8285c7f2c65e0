"""What transformers renders: `python tools/golden/chat.py`.

Writes renderings.json beside the templates in text/src/test/resources/golden/chat. The templates are written
for this project after the constructs that the families' own use; chatml and the ones of Qwen, Mistral, Phi and
DeepSeek follow the wording of templates published under Apache-2.0 and MIT.
"""

import datetime
import json
from pathlib import Path

from transformers.utils import chat_template_utils

FOLDER = Path(__file__).resolve().parents[2] / "text/src/test/resources/golden/chat"
NOW = datetime.datetime(2026, 3, 7, 9, 5, 4)
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>"}


class FixedClock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def system(text):
    return {"role": "system", "content": text}


def call(name, arguments, id="abcdef123"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather in a city.\nIt's \"live\".",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "e.g. Zürich, 東京"},
                "unit": {"type": "string", "enum": ["°C", "°F"]},
                "days": {"type": "array", "items": {"type": "integer"}, "maxItems": 7},
                "precision": {"type": ["number", "null"], "default": 1e-05},
            },
            "required": ["city"],
        },
    },
}
ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds",
        "parameters": {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}},
    },
}
LOOKUP = [
    user("Weather in Zürich?"),
    assistant(None, tool_calls=[call("get_weather", {"city": "Zürich", "days": [1, 2], "x": {"y": 1.5, "z": None}})]),
    {"role": "tool", "name": "get_weather", "tool_call_id": "abcdef123", "content": '{"t": 21.5}'},
]

CONVERSATIONS = {
    "one": [user("Hi there")],
    "system": [system("Be brief.  "), user("  What's 2+2?\n")],
    "turns": [user("Hello"), assistant(" Hi! How can I help? "), user("Tell me a joke <b>&amp;</b>")],
    "long": [system("You are \"X\"."), user("a"), assistant("b"), user("c\n\nd"), assistant("e"), user("f")],
    "unicode": [user("Grüße, 你好, مرحبا, नमस्ते 👩‍👩‍👧‍👦 \u200b\u2028 'quotes' \\n \"double\""), assistant("😀"), user("ok")],
    "tool-result": LOOKUP,
    "tool-done": [*LOOKUP, assistant("It is 21.5 °C."), user("Thanks!")],
    "two-calls": [
        system("Use tools."),
        user("1+2 and 3+4"),
        assistant("Adding.", tool_calls=[call("add", {"a": 1, "b": 2}), call("add", {"b": 4, "a": 3}, "123456789")]),
        {"role": "tool", "name": "add", "tool_call_id": "abcdef123", "content": "3"},
        {"role": "tool", "name": "add", "tool_call_id": "123456789", "content": "7"},
    ],
    "thinking": [user("17*3?"), assistant("<think>\n17*3=51\n</think>\n\n51"), user("and 18*3?")],
    "reasoning": [user("17*3?"), assistant("51", reasoning_content="\n17*3=51\n"), user("sure?"), assistant("Yes", reasoning="x")],
    "parts": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": " what is this? "}]}],
    "twice": [user("one"), user("two")],
    "empty": [],
    "stop": [user("stop here"), assistant("not shown"), user("nor this")],
}

# template: [(conversation, options)]; options beyond tools are passed to the template
ANSWER = {"add_generation_prompt": True}
TOOLS = {"tools": [WEATHER, ADD], "add_generation_prompt": True}
CONTINUE = {"continue_final_message": True}
CASES = {
    "chatml": [("one", ANSWER), ("system", ANSWER), ("turns", {}), ("unicode", ANSWER), ("parts", ANSWER), ("empty", ANSWER)],
    "smollm3": [("one", ANSWER), ("system", {**ANSWER, "enable_thinking": False}), ("turns", TOOLS), ("long", {})],
    "llama2": [("one", {}), ("system", {}), ("long", {}), ("twice", {}), ("turns", {})],
    "llama3": [
        ("one", ANSWER), ("system", TOOLS), ("tool-done", TOOLS), ("tool-result", {**TOOLS, "tools_in_user_message": False}),
        ("two-calls", TOOLS), ("unicode", {**ANSWER, "date_string": "1 Jan 2026"}), ("empty", TOOLS),
        ("tool-result", {**TOOLS, "builtin_tools": ["brave_search", "code_interpreter"]}),
    ],
    "mistral-v03": [
        ("one", {}), ("system", {}), ("tool-result", TOOLS), ("two-calls", TOOLS), ("twice", {}), ("long", {}), ("turns", {})],
    "qwen25": [("one", ANSWER), ("system", TOOLS), ("tool-done", TOOLS), ("two-calls", TOOLS), ("long", {}), ("unicode", TOOLS)],
    "qwen3": [
        ("one", ANSWER), ("one", {**ANSWER, "enable_thinking": False}), ("thinking", ANSWER), ("reasoning", ANSWER),
        ("two-calls", TOOLS), ("tool-done", TOOLS), ("unicode", ANSWER), ("long", {}), ("reasoning", CONTINUE)],
    "gemma3": [("one", ANSWER), ("system", ANSWER), ("parts", ANSWER), ("twice", ANSWER), ("long", {}), ("unicode", ANSWER)],
    "deepseek-v2": [("one", ANSWER), ("long", ANSWER), ("turns", {}), ("unicode", ANSWER)],
    "deepseek-v3": [
        ("one", ANSWER), ("long", ANSWER), ("thinking", {**ANSWER, "reasoning": True}), ("two-calls", ANSWER),
        ("tool-result", ANSWER), ("tool-done", ANSWER)],
    "zephyr": [("one", ANSWER), ("system", ANSWER), ("long", {}), ("unicode", ANSWER)],
    "phi3": [("one", ANSWER), ("system", {}), ("turns", ANSWER), ("turns", {}), ("turns", CONTINUE)],
    "macros": [
        ("one", ANSWER), ("two-calls", TOOLS), ("tool-done", TOOLS), ("parts", TOOLS), ("empty", {}), ("stop", ANSWER),
        ("long", {}), ("unicode", TOOLS), ("twice", {})],
}


def render(template, conversation, options):
    options = {"add_generation_prompt": False, **SPECIAL, **options}
    # As apply_chat_template does, which needs a tokenizer.
    talk = [{key: value for key, value in message.items() if value is not None} for message in CONVERSATIONS[conversation]]
    try:
        text, _ = chat_template_utils.render_jinja_template(
            conversations=[talk], chat_template=template, **options)
        return {"text": text[0]}
    except Exception as error:  # noqa: BLE001 - any refusal is an expected outcome
        return {"error": type(error).__name__, "message": str(error)}


def main():
    chat_template_utils.datetime = FixedClock
    cases = []
    for name, runs in CASES.items():
        template = (FOLDER / f"templates/{name}.jinja").read_text()
        for conversation, options in runs:
            cases.append(
                {"template": name, "conversation": conversation, "options": options,
                 **render(template, conversation, options)})
    out = {"special": SPECIAL, "now": NOW.isoformat(), "conversations": CONVERSATIONS, "cases": cases}
    lines = json.dumps(out, ensure_ascii=False, indent=1)
    (FOLDER / "renderings.json").write_text(lines + "\n")
    print(len(cases), "renderings,", sum("error" in case for case in cases), "refused")
    for case in cases:
        if "error" in case:
            print(" ", case["template"], case["conversation"], case["error"], case["message"][:100])


main()
