import { draw } from "./charts.js";

const $ = (id) => document.getElementById(id);
const SECONDS = 300;

// ---- numbers ----
const whole = (n) => Math.round(n).toLocaleString("en");
const short = (n) => (n >= 100 ? whole(n) : n >= 10 ? n.toFixed(0) : Number(n.toFixed(1)).toString());
const percent = (n) => `${Math.round(n * 100)} %`;
const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");

function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
  return `${n >= 100 || i === 0 ? n.toFixed(0) : n.toFixed(1)} ${units[i]}`;
}

function millis(n) {
  return n === null || n === undefined ? "–" : n >= 10000 ? `${(n / 1000).toFixed(1)} s` : `${short(n)} ms`;
}

function text(id, value) {
  if ($(id).textContent !== value) $(id).textContent = value;
}

// ---- the page as a whole ----
function setState(message, bad) {
  text("state", message);
  $("state").classList.toggle("bad", bad);
}

const tabs = [...document.querySelectorAll("[role=tab]")];
function select(tab) {
  for (const each of tabs) {
    const chosen = each === tab;
    each.setAttribute("aria-selected", chosen);
    each.tabIndex = chosen ? 0 : -1;
    $(each.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (tab.id === "tab-chat") $("text").focus();
}
tabs.forEach((tab, i) => {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const next = tabs[(i + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    select(next);
    next.focus();
  });
});

function stored(key, value) {
  try {
    if (value !== undefined) localStorage.setItem(key, value);
    return localStorage.getItem(key);
  } catch { return null; }
}
function theme(name) { if (name) document.documentElement.dataset.theme = name; }
theme(stored("theme"));
$("theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).getPropertyValue("--page").trim() === "#10151c";
  theme(stored("theme", dark ? "light" : "dark") ?? (dark ? "light" : "dark"));
});

// ---- dashboard ----
function row(cells) {
  const tr = document.createElement("tr");
  for (const [value, kind] of cells) {
    const td = document.createElement("td");
    td.textContent = value;
    if (kind) td.className = kind;
    tr.append(td);
  }
  return tr;
}

function fill(table, rows, none) {
  const body = $(table).tBodies[0];
  if (rows.length === 0) {
    const tr = row([[none, "note"]]);
    tr.firstChild.colSpan = $(table).tHead.rows[0].cells.length;
    rows = [tr];
  }
  body.replaceChildren(...rows);
}

function live(id, label, seconds, field, options = {}) {
  const points = seconds.map((s) => [s[0], s[field]]);
  const to = seconds.length ? seconds.at(-1)[0] : 0;
  draw($(id), [{ name: label, points }], {
    label, from: to - SECONDS, to, tick: short, time: (s) => clock(s * 1000), small: true, ...options,
  });
}

function showNow(now) {
  const seconds = now.seconds;
  const last = seconds.slice(-5);
  const mean = (field) => (last.length ? last.reduce((sum, s) => sum + (s[field] ?? 0), 0) / last.length : 0);
  text("rate", `${short(mean(1))} written, ${short(mean(2))} read`);
  live("rate-chart", "tokens written per second", seconds, 1, { small: false });
  for (const [id, of] of [["first", "first_token"], ["each", "each_token"]]) {
    const p = now.latency_ms[of];
    text(id, millis(p.p50));
    text(`${id}-note`, `p95 ${millis(p.p95)}, p99 ${millis(p.p99)}; last 5 minutes`);
  }
  const newest = seconds.at(-1) ?? [0, 0, 0, 0, 0, null, 0];
  text("queue", `${newest[3]} running, ${newest[4]} waiting`);
  live("queue-chart", "requests running", seconds, 3);
  const stepped = last.map((s) => s[5]).filter((v) => v !== null);
  text("occupancy", stepped.length ? percent(stepped.reduce((a, b) => a + b, 0) / stepped.length) : "idle");
  live("occupancy-chart", "share of the sequences of a step", seconds, 5, { most: 1 });
  text("cpu", `${percent(newest[6] ?? 0)} of ${now.usage.cores} cores`);
  live("cpu-chart", "share of the processor", seconds, 6, { most: 1 });
  showCache(now.models);
  showMemory(now.usage);
  showModels(now.models);
  fill("requests", now.requests.map((r) => row([
    [clock(r.time)], [r.route], [r.model ?? "–"], [r.status, r.status >= 400 ? "n bad" : "n"],
    [r.prompt_tokens || "–", "n"], [r.new_tokens || "–", "n"], [millis(r.first_ms), "n"], [millis(r.ms), "n"],
    [r.finish ?? "–"],
  ])), "no request yet");
}

function showCache(models) {
  const sum = (field) => models.reduce((all, m) => all + (m[field] ?? 0), 0);
  const found = sum("cached_prompt_tokens"), run = sum("prompt_tokens");
  text("hits", found + run === 0 ? "–" : `${percent(found / (found + run))} found again`);
  text("hits-note", `${whole(found)} of ${whole(found + run)} prompt tokens; ${whole(sum("kept_sequences"))} sequences kept`);
}

function showMemory(usage) {
  const known = [
    ["Weights", usage.weight_bytes], ["Keys and values", usage.cache_bytes], ["Java heap", usage.heap_bytes],
  ];
  const rest = Math.max(0, usage.resident_bytes - known.reduce((sum, [, n]) => sum + n, 0));
  const parts = [...known, ["Other", rest]];
  const all = parts.reduce((sum, [, n]) => sum + n, 0) || 1;
  text("memory", usage.resident_bytes ? bytes(usage.resident_bytes) : bytes(all));
  $("memory-bar").setAttribute("aria-label", parts.map(([name, n]) => `${name} ${bytes(n)}`).join(", "));
  $("memory-bar").replaceChildren(...parts.map(([, n], i) => {
    const part = document.createElement("i");
    part.className = `c${i + 1}`;
    part.style.width = `${(100 * n) / all}%`;
    return part;
  }));
  $("memory-legend").replaceChildren(...parts.map(([name, n], i) => {
    const li = document.createElement("li");
    const mark = document.createElement("i");
    mark.className = `c${i + 1}`;
    li.append(mark, `${name} ${bytes(n)}`);
    return li;
  }));
}

function showModels(models) {
  fill("models", models.map((m) => row([
    [m.name], [m.failed ? "failed" : m.open ? "open" : "closed", m.failed ? "bad" : ""],
    [m.running ?? "–", "n"], [m.waiting ?? "–", "n"],
    [m.sequences_per_step ? m.sequences_per_step.toFixed(1) : "–", "n"],
    [m.cache_limit ? `${bytes(m.cache_bytes)} of ${bytes(m.cache_limit)}` : "–", "n"],
    [m.generated_tokens === undefined ? "–" : whole(m.generated_tokens), "n"],
    [m.weight_bytes ? bytes(m.weight_bytes) : "–", "n"],
  ])), "no model");
}

async function fetchJson(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: status ${response.status}`);
  return response.json();
}

let models = [];
async function watch() {
  if (document.hidden) return;
  try {
    const now = await fetchJson("dashboard/now");
    showNow(now);
    showModelChoice(now.models.filter((m) => m.task === "text"));
    setState(`up to date, ${clock(now.time)}`, false);
  } catch (error) {
    setState(`not reached: ${error.message}`, true);
  }
}

async function showHistory() {
  if (document.hidden) return;
  const range = document.querySelector("input[name=range]:checked").value;
  let points;
  try { points = await fetchJson(`dashboard/history/${range}`); } catch { return; }
  const line = (name, of) => ({ name, points: points.map((p) => [p.time, of(p)]) });
  const dated = range === "hour" || range === "day"
    ? (ms) => new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })
    : (ms) => new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  const show = (id, label, ...lines) => draw($(id), lines, { label, tick: short, time: dated });
  show("history-rate", "Tokens per second", line("tokens per second", (p) => p.new_tokens));
  show("history-first", "Time to first token", line("milliseconds", (p) => p.first_ms));
  show("history-requests", "Requests", line("requests", (p) => p.requests), line("errors", (p) => p.errors));
  show("history-memory", "Resident memory", line("MiB", (p) => p.resident_bytes / 2 ** 20));
}

// ---- chat ----
let messages = [];
let running = null;

function showModelChoice(known) {
  const names = known.map((m) => m.name);
  if (names.join("\n") === models.join("\n")) return;
  models = names;
  const chosen = $("model").value;
  $("model").replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
}

function bubble(role) {
  const box = document.createElement("div");
  box.className = `said ${role}`;
  const thought = document.createElement("div");
  thought.className = "thought";
  const said = document.createElement("div");
  const note = document.createElement("small");
  box.append(thought, said, note);
  $("talk").append(box);
  return { box, thought, said, note };
}

function scrollDown() { $("talk").scrollTop = $("talk").scrollHeight; }

function busy(isBusy) {
  $("send").disabled = isBusy;
  $("stop").disabled = !isBusy;
  $("again").disabled = isBusy || messages.at(-1)?.role !== "assistant";
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const lines = rest.split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data:")) yield line.slice(5).trim();
    }
  }
}

async function answer() {
  const shown = bubble("assistant");
  const start = performance.now();
  let said = "", usage = null, first = null;
  running = new AbortController();
  busy(true);
  try {
    const response = await fetch("v1/chat/completions", {
      method: "POST",
      signal: running.signal,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        model: $("model").value,
        messages,
        temperature: Number($("temperature").value),
        max_tokens: Number($("most").value),
        stream: true,
        stream_options: { include_usage: true },
      }),
    });
    if (!response.ok) throw new Error((await response.json()).error?.message ?? `status ${response.status}`);
    for await (const data of events(response.body)) {
      if (data === "[DONE]") break;
      const event = JSON.parse(data);
      if (event.error) throw new Error(event.error.message);
      usage = event.usage ?? usage;
      const delta = event.choices?.[0]?.delta ?? {};
      if (delta.reasoning_content) shown.thought.textContent += delta.reasoning_content;
      if (delta.content) {
        first ??= performance.now() - start;
        said += delta.content;
        shown.said.textContent = said;
      }
      scrollDown();
    }
    const seconds = (performance.now() - start) / 1000;
    if (usage) shown.note.textContent = `${usage.completion_tokens} tokens, ${short(usage.completion_tokens / seconds)} a second, first after ${millis(first)}`;
  } catch (error) {
    shown.note.textContent = error.name === "AbortError" ? "stopped" : error.message;
    shown.note.classList.toggle("bad", error.name !== "AbortError");
  } finally {
    running = null;
    messages.push({ role: "assistant", content: said });
    busy(false);
    scrollDown();
  }
}

function send() {
  const said = $("text").value.trim();
  if (!said || running) return;
  $("text").value = "";
  messages.push({ role: "user", content: said });
  bubble("user").said.textContent = said;
  answer();
}

$("ask").addEventListener("submit", (event) => { event.preventDefault(); send(); });
$("settings").addEventListener("submit", (event) => event.preventDefault());
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
});
$("stop").addEventListener("click", () => running?.abort());
$("again").addEventListener("click", () => {
  if (running || messages.at(-1)?.role !== "assistant") return;
  messages.pop();
  $("talk").lastElementChild.remove();
  answer();
});
$("clear").addEventListener("click", () => {
  running?.abort();
  messages = [];
  $("talk").replaceChildren();
  busy(false);
});

// ---- start ----
document.querySelectorAll("input[name=range]").forEach((input) => input.addEventListener("change", showHistory));
document.addEventListener("visibilitychange", () => { watch(); showHistory(); });
watch();
showHistory();
setInterval(watch, 1000);
setInterval(showHistory, 60000);
