// Line charts in SVG, scaled to what they show. A value that is null leaves a gap.
const SVG = "http://www.w3.org/2000/svg";
const LEFT = 44, RIGHT = 6, TOP = 8, BOTTOM = 18;

function node(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The least of 1, 2, 2.5, 5 and 10 times a power of ten that is not below the value. */
export function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((f) => f * power).find((f) => f >= value * 0.999999);
}

function path(points, x, y) {
  let d = "", drawing = false;
  for (const [at, value] of points) {
    if (value === null) { drawing = false; continue; }
    // A point on its own is a line to itself, which round ends make a dot.
    d += `${drawing ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}${drawing ? "" : "h0"}`;
    drawing = true;
  }
  return d;
}

function area(points, x, y, bottom) {
  const there = points.filter(([, value]) => value !== null);
  if (there.length < 2) return "";
  return `M${x(there[0][0]).toFixed(1)} ${bottom}` +
    there.map(([at, value]) => `L${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("") +
    `L${x(there.at(-1)[0]).toFixed(1)} ${bottom}Z`;
}

/**
 * Draws lines, each {name, points: [[x, value], ...]}, into a box.
 * options: label (for screen readers), small (no axes), from, to (of x), most (of y),
 * tick (value of y to text), time (x to text).
 */
export function draw(box, lines, options) {
  const width = Math.max(120, box.clientWidth), height = Math.max(30, box.clientHeight);
  const small = options.small;
  const left = small ? 0 : LEFT, right = small ? 0 : RIGHT;
  const top = small ? 2 : TOP, bottom = height - (small ? 2 : BOTTOM);
  const values = lines.flatMap((line) => line.points.map((p) => p[1])).filter((v) => v !== null);
  const svg = node("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  const newest = lines.map((l) => `${l.name} ${l.points.length ? l.points.at(-1)[1] ?? "none" : "none"}`);
  svg.setAttribute("aria-label", `${options.label}; newest: ${newest.join(", ")}`);
  if (values.length === 0) {
    box.replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent: "nothing yet" }));
    return;
  }
  const most = options.most ?? ceiling(Math.max(...values));
  const xs = lines.flatMap((line) => line.points.map((p) => p[0]));
  const from = options.from ?? Math.min(...xs), to = options.to ?? Math.max(...xs);
  const x = (at) => left + (width - left - right) * (to === from ? 1 : (at - from) / (to - from));
  const y = (value) => bottom - (bottom - top) * Math.min(1, value / most);
  if (!small) {
    for (const share of [0, 0.5, 1]) {
      const at = y(most * share);
      svg.append(node("line", { x1: left, x2: width - right, y1: at, y2: at, class: "grid" }));
      svg.append(node("text", { x: left - 6, y: at + 4, "text-anchor": "end" }, options.tick(most * share)));
    }
    svg.append(node("text", { x: left, y: height - 4 }, options.time(from)));
    svg.append(node("text", { x: width - right, y: height - 4, "text-anchor": "end" }, options.time(to)));
  }
  const classes = ["one", "two"];
  lines.forEach((line, i) => {
    if (i === 0) svg.append(node("path", { class: "area", d: area(line.points, x, y, bottom) }));
    svg.append(node("path", { class: `line ${classes[i]}`, d: path(line.points, x, y) }));
  });
  box.replaceChildren(svg);
}
