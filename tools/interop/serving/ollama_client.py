"""Drives a server with Ollama's Python package: python ollama_client.py URL; run calls it."""

import importlib.metadata
import json
import sys

import ollama

client = ollama.Client(host=sys.argv[1])
MESSAGES = [{"role": "user", "content": "the sky"}]
OPTIONS = {"num_predict": 12, "temperature": 0}
PERSON = {
    "type": "object",
    "properties": {"age": {"type": "integer", "minimum": 0, "maximum": 120}},
    "required": ["age"],
    "additionalProperties": False,
}


def weather(city: str) -> str:
    """The weather of a city.

    Args:
      city: its name

    Returns:
      str: what it is like
    """
    return "sun in " + city


def chats():
    answer = client.chat("tiny", MESSAGES, options=OPTIONS)
    assert answer.done and answer.message.role == "assistant", answer
    assert answer.eval_count <= 12 and answer.prompt_eval_count > 0, answer


def streams():
    whole = client.chat("tiny", MESSAGES, options=OPTIONS)
    parts = list(client.chat("tiny", MESSAGES, options=OPTIONS, stream=True))
    assert "".join(p.message.content or "" for p in parts) == whole.message.content, parts
    assert parts[-1].done and parts[-1].done_reason == whole.done_reason, parts[-1]


def generates():
    whole = client.generate("tiny", "the sky", options=OPTIONS)
    parts = client.generate("tiny", "the sky", options=OPTIONS, stream=True)
    assert "".join(p.response for p in parts) == whole.response, whole


def tools():
    # The package makes the schema of the function. A model that babbles writes no call of its own
    # accord, and Ollama's API can't require one.
    answer = client.chat("tiny", MESSAGES, tools=[weather], options=OPTIONS)
    plain = client.chat("tiny", MESSAGES, options=OPTIONS)
    assert answer.prompt_eval_count > plain.prompt_eval_count, "the model isn't told of the tool"
    call = {"function": {"name": "weather", "arguments": {"city": "Rome"}}}
    history = MESSAGES + [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": weather("Rome"), "tool_name": "weather"},
    ]
    assert client.chat("tiny", history, options=OPTIONS).prompt_eval_count > plain.prompt_eval_count


def forms():
    options = {"num_predict": 200, "temperature": 0}
    answer = client.chat("tiny", MESSAGES, format=PERSON, options=options)
    assert 0 <= json.loads(answer.message.content)["age"] <= 120, answer
    answer = client.chat("tiny", MESSAGES, format="json", options=OPTIONS)
    assert answer.message.content.startswith("{"), answer


def vectors():
    answer = client.embed("mean", ["A cat sleeps.", "Stocks fell."])
    assert len(answer.embeddings) == 2 and len(answer.embeddings[0]) > 1, answer
    assert abs(sum(x * x for x in answer.embeddings[0]) - 1) < 1e-3, "not of length 1"


def models():
    assert {"tiny:latest", "tiny"} & {m.model for m in client.list().models}, client.list()
    assert client.show("tiny").template, client.show("tiny")
    assert any(m.model.startswith("tiny") for m in client.ps().models), client.ps()


def errors():
    try:
        client.chat("none", MESSAGES)
    except ollama.ResponseError as e:
        assert e.status_code == 404 and "expected" in e.error, e
    else:
        raise AssertionError("no error")


for check in [chats, streams, generates, tools, forms, vectors, models, errors]:
    check()
    print(f"ollama {importlib.metadata.version('ollama')} (Python): {check.__name__}")
