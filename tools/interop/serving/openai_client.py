"""Drives a server with OpenAI's Python package: python openai_client.py URL; run calls it."""

import json
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="unused", max_retries=0)
MESSAGES = [{"role": "user", "content": "the sky"}]
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 8},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
WEATHER = {
    "type": "object",
    "properties": {"city": {"enum": ["Rome", "Oslo"]}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}


def chat(**more):
    return client.chat.completions.create(model="tiny", messages=MESSAGES, temperature=0, **more)


def chats():
    answer = chat(max_tokens=8, extra_body={"ignore_eos": True})
    assert answer.choices[0].message.role == "assistant", answer
    assert answer.choices[0].finish_reason == "length", answer
    assert answer.usage.completion_tokens == 8, answer
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 8, answer
    assert len(chat(max_tokens=4, n=3).choices) == 3


def streams():
    whole = chat(max_tokens=20).choices[0].message.content
    chunks = list(chat(max_tokens=20, stream=True, stream_options={"include_usage": True}))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole, (text, whole)
    assert chunks[-1].usage.completion_tokens <= 20 and not chunks[-1].choices, chunks[-1]


def log_probabilities():
    answer = chat(max_tokens=5, logprobs=True, top_logprobs=3)
    for token in answer.choices[0].logprobs.content:
        assert token.logprob <= 0 and len(token.top_logprobs) == 3, token
        assert token.top_logprobs[0].token == token.token, token


def tools():
    whole = chat(tools=[TOOL], tool_choice="required", max_tokens=200).choices[0]
    assert whole.finish_reason == "tool_calls", whole
    call = whole.message.tool_calls[0]
    assert call.function.name == "weather", call
    assert json.loads(call.function.arguments)["city"] in ("Rome", "Oslo"), call
    name = arguments = ""
    for chunk in chat(tools=[TOOL], tool_choice="required", max_tokens=200, stream=True):
        for piece in chunk.choices[0].delta.tool_calls or []:
            name += piece.function.name or ""
            arguments += piece.function.arguments or ""
    assert (name, arguments) == ("weather", call.function.arguments), (name, arguments)
    history = MESSAGES + [
        whole.message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "sun"},
    ]
    after = client.chat.completions.create(model="tiny", messages=history, max_tokens=4)
    assert after.usage.prompt_tokens > 0, after


def forms():
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
    answer = chat(response_format=form, max_tokens=400).choices[0]
    assert answer.finish_reason == "stop", answer
    person = json.loads(answer.message.content)
    assert set(person) == {"name", "age"} and 0 <= person["age"] <= 120, person
    text = chat(response_format={"type": "json_object"}, max_tokens=40).choices[0].message.content
    assert text.startswith("{"), text


def responses():
    text = {"format": {"type": "json_schema", "name": "person", "schema": PERSON}}
    whole = client.responses.create(model="tiny", input="the sky", text=text, temperature=0)
    assert whole.status == "completed" and json.loads(whole.output_text)["name"] is not None, whole
    # The package's final response is a completed one, so one that the form ends.
    form = {"model": "tiny", "input": "the sky", "temperature": 0, "text": text}
    with client.responses.stream(**form) as stream:
        pieces = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
        assert pieces == stream.get_final_response().output_text == whole.output_text, pieces


def completions():
    answer = client.completions.create(model="tiny", prompt="the", max_tokens=6, extra_body={"ignore_eos": True})
    assert answer.usage.completion_tokens == 6, answer


def vectors():
    texts = ["A cat sleeps.", "Stocks fell."]
    floats = client.embeddings.create(model="mean", input=texts, encoding_format="float").data
    # Without a format the package asks for base64 and decodes it.
    packed = client.embeddings.create(model="mean", input=texts).data
    assert len(floats) == 2 and [v.index for v in floats] == [0, 1], floats
    for one, other in zip(floats, packed):
        assert max(abs(a - b) for a, b in zip(one.embedding, other.embedding)) < 1e-6


def models():
    assert {"tiny", "mean"} <= {m.id for m in client.models.list()}
    assert client.models.retrieve("tiny").id == "tiny"


def errors():
    for kind, request in [
        (openai.NotFoundError, lambda: client.chat.completions.create(model="none", messages=MESSAGES)),
        (openai.BadRequestError, lambda: chat(max_tokens=-1)),
    ]:
        try:
            request()
        except kind as e:
            assert "expected" in e.message, e.message
        else:
            raise AssertionError(f"no {kind.__name__}")


for check in [chats, streams, log_probabilities, tools, forms, responses, completions, vectors, models, errors]:
    check()
    print(f"openai {openai.__version__} (Python): {check.__name__}")
