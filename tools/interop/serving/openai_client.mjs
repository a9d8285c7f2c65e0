// Drives a server with OpenAI's JavaScript package: node openai_client.mjs URL; run calls it.
import assert from "node:assert/strict";
import OpenAI from "openai";
import { VERSION } from "openai/version";

const client = new OpenAI({ baseURL: process.argv[2] + "/v1", apiKey: "unused", maxRetries: 0 });
const ask = { model: "tiny", messages: [{ role: "user", content: "the sky" }], temperature: 0 };
const person = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 8 },
    age: { type: "integer", minimum: 0, maximum: 120 },
  },
  required: ["name", "age"],
  additionalProperties: false,
};
const weather = {
  type: "function",
  function: {
    name: "weather",
    parameters: {
      type: "object",
      properties: { city: { enum: ["Rome", "Oslo"] } },
      required: ["city"],
      additionalProperties: false,
    },
  },
};

async function chats() {
  const answer = await client.chat.completions.create({ ...ask, max_tokens: 8, ignore_eos: true });
  assert.equal(answer.choices[0].finish_reason, "length");
  assert.equal(answer.usage.completion_tokens, 8);
}

async function streams() {
  const whole = await client.chat.completions.create({ ...ask, max_tokens: 20 });
  const stream = await client.chat.completions.create({ ...ask, max_tokens: 20, stream: true });
  let text = "";
  let finish;
  for await (const chunk of stream) {
    text += chunk.choices[0].delta.content ?? "";
    finish = chunk.choices[0].finish_reason ?? finish;
  }
  assert.equal(text, whole.choices[0].message.content);
  assert.equal(finish, whole.choices[0].finish_reason);
}

// A stream that its reader leaves; what comes after must be answered.
async function left() {
  const stream = await client.chat.completions.create({ ...ask, max_tokens: 1500, ignore_eos: true, stream: true });
  for await (const chunk of stream) {
    assert.equal(chunk.object, "chat.completion.chunk");
    break;
  }
  await chats();
}

async function tools() {
  const required = { ...ask, tools: [weather], tool_choice: "required", max_tokens: 200 };
  const whole = await client.chat.completions.create(required);
  const call = whole.choices[0].message.tool_calls[0];
  assert.equal(call.function.name, "weather");
  assert.ok(["Rome", "Oslo"].includes(JSON.parse(call.function.arguments).city));
  // The package joins the pieces of the call.
  const joined = await client.chat.completions.stream(required).finalChatCompletion();
  assert.deepEqual(joined.choices[0].message.tool_calls[0].function.arguments, call.function.arguments);
}

async function forms() {
  const response_format = { type: "json_schema", json_schema: { name: "person", schema: person, strict: true } };
  const answer = await client.chat.completions.parse({ ...ask, response_format, max_tokens: 400 });
  const { name, age } = answer.choices[0].message.parsed;
  assert.equal(typeof name, "string");
  assert.ok(Number.isInteger(age) && age >= 0 && age <= 120);
}

async function responses() {
  const text = { format: { type: "json_schema", name: "person", schema: person } };
  const whole = await client.responses.create({ model: "tiny", input: "the sky", temperature: 0, text });
  assert.equal(whole.status, "completed");
  assert.ok("name" in JSON.parse(whole.output_text));
  let pieces = "";
  const stream = client.responses.stream({ model: "tiny", input: "the sky", temperature: 0, text });
  stream.on("response.output_text.delta", (event) => (pieces += event.delta));
  assert.equal((await stream.finalResponse()).output_text, pieces);
}

async function vectors() {
  const input = ["A cat sleeps.", "Stocks fell."];
  const floats = await client.embeddings.create({ model: "mean", input, encoding_format: "float" });
  // Without a format the package asks for base64 and decodes it.
  const packed = await client.embeddings.create({ model: "mean", input });
  floats.data.forEach(({ embedding }, i) =>
    embedding.forEach((x, j) => assert.ok(Math.abs(x - packed.data[i].embedding[j]) < 1e-6)),
  );
}

async function models() {
  const ids = (await client.models.list()).data.map((model) => model.id);
  assert.ok(ids.includes("tiny") && ids.includes("mean"));
}

async function errors() {
  await assert.rejects(client.chat.completions.create({ ...ask, model: "none" }), OpenAI.NotFoundError);
  await assert.rejects(client.chat.completions.create({ ...ask, max_tokens: -1 }), OpenAI.BadRequestError);
}

for (const check of [chats, streams, left, tools, forms, responses, vectors, models, errors]) {
  await check();
  console.log(`openai ${VERSION} (JavaScript): ${check.name}`);
}
