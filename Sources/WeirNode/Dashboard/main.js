// The dashboard: what it shows, and how it stays up to date. Windows come by /v1/stream as they close, the rest is asked for again.

import { chart } from "./chart.js";
import { element, show, state, table, tiles } from "./elements.js";
import { age, count, dollars, moment, none, number, percent, seconds } from "./format.js";

const $ = (id) => document.getElementById(id);
const refreshMs = 5000;
const groupsShown = 6;
const lengths = { streaming: 5, hourly: 3600, daily: 86400, weekly: 604800, monthly: 2592000 };
const ranges = {
  streaming: [[60, "last 60 windows"], [180, "last 180"], [720, "last 720"]],
  hourly: [[24, "24 hours"], [72, "3 days"], [168, "7 days"], [720, "30 days"]],
  daily: [[14, "14 days"], [30, "30 days"], [90, "90 days"]],
  weekly: [[12, "12 weeks"], [26, "26 weeks"], [52, "52 weeks"]],
  monthly: [[6, "6 × 30 days"], [12, "12 × 30 days"], [24, "24 × 30 days"]],
};
const figures = {
  stage: [["avg_duration_seconds", "mean duration", seconds], ["p95_duration_seconds", "p95 duration", seconds],
    ["total_completed", "completed", count], ["total_failed", "failed", count]],
  model: [["avg_quality_score", "mean quality", number], ["avg_duration_seconds", "mean duration", seconds],
    ["total_generations", "completed", count], ["avg_cost_per_generation", "cost a generation", dollars],
    ["total_cost_usd", "cost", dollars], ["total_tokens", "tokens", count]],
  node_type: [["avg_quality_score", "mean quality", number], ["avg_duration_seconds", "mean duration", seconds],
    ["total_generations", "completed", count]],
};
const sections = { stage: "stage_metrics", model: "model_metrics", node_type: "node_type_metrics" };

/** Records by window_start, of the chosen type. */
let records = new Map();
let stream = null;
let drawn = 0;

/** For nodes whose reads need a token (http.anonymous_reads: refused): asked for once, and forgotten with the tab. */
let token = sessionStorage.getItem("weir-token");
let hasAskedForToken = false;

async function ask(path) {
  const headers = { accept: "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(path, { headers, cache: "no-store" });
  const body = await response.json();
  if (response.status === 401 && !hasAskedForToken) {
    hasAskedForToken = true;
    token = prompt("This node asks for a token of the role viewer:")?.trim() || null;
    if (token) {
      sessionStorage.setItem("weir-token", token);
      stream?.close();
      return ask(path);
    }
  }
  if (!response.ok) throw new Error(body.detail ?? `${path}: ${response.status}`);
  return body;
}

/** Runs a part of the page; what goes wrong is said on top, once. */
const troubles = new Map();
async function part(name, work) {
  try {
    await work();
    troubles.delete(name);
  } catch (error) {
    troubles.set(name, error instanceof TypeError && !navigator.onLine ? "this browser is offline" : error.message);
  }
  const texts = [...new Set(troubles.values())];
  $("trouble").hidden = texts.length === 0;
  $("trouble").textContent = texts.join("; ");
}

const chosen = () => ({ type: $("type").value, windows: Number($("range").value) });

// --- Windows ---

async function loadWindows() {
  const { type, windows } = chosen();
  const found = new Map();
  let cursor = "";
  while (found.size < windows) {
    const limit = Math.min(500, windows - found.size);
    const page = await ask(`/v1/windows?type=${type}&order=descending&limit=${limit}${cursor}`);
    for (const record of page.windows) found.set(record.window_start, record);
    if (!page.next_cursor || page.windows.length === 0) break;
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
  if (chosen().type === type) {
    records = found;
    draw();
  }
}

function follow() {
  stream?.close();
  // An EventSource carries no token: windows are then read again with everything else.
  if (token) return;
  const { type } = chosen();
  stream = new EventSource(`/v1/stream?type=${type}`);
  stream.addEventListener("window", (event) => {
    const record = JSON.parse(event.data);
    if (record.window_type !== chosen().type) return;
    const known = records.get(record.window_start);
    if (known && known.revision > record.revision) return;
    records.set(record.window_start, record);
    drawSoon();
  });
  // The stream ends for readers that are too slow, and is lost with the node: what was missed is read again.
  stream.addEventListener("dropped", () => { stream.close(); setTimeout(start, refreshMs); });
}

/** Windows that close together are drawn once. */
function drawSoon() {
  if (drawn) return;
  drawn = setTimeout(() => { drawn = 0; draw(); }, 400);
}

function newest() {
  const { windows } = chosen();
  const sorted = [...records.values()].sort((a, b) => Date.parse(a.window_start) - Date.parse(b.window_start)).slice(-windows);
  records = new Map(sorted.map((record) => [record.window_start, record]));
  return sorted;
}

function points(list, value) {
  return list.map((record) => ({ time: Date.parse(record.window_start), value: value(record) ?? null }));
}

function draw() {
  const { type } = chosen();
  const list = newest();
  $("empty").hidden = list.length > 0;
  drawTiles(list);
  const open = openTables("charts");
  const length = list.length ? (Date.parse(list[0].window_end) - Date.parse(list[0].window_start)) / 1000 : lengths[type];
  const some = (record, value) => (record.successful_generations > 0 ? value : null);
  const line = (name, value) => ({ name, points: points(list, value) });
  const gap = Math.max(length * 1000 * 3, 1);
  const width = roomFor("charts");
  $("charts").replaceChildren(
    chart([line("events a second", (r) => r.events_processed / length)],
      { title: "Throughput, events a second", format: number, floor: 0, gap, width }),
    chart([line("p50", (r) => some(r, r.p50_duration_seconds)), line("p95", (r) => some(r, r.p95_duration_seconds)),
      line("p99", (r) => some(r, r.p99_duration_seconds))], { title: "Duration", format: seconds, floor: 0, gap, width }),
    chart([line("success rate", (r) => r.success_rate)],
      { title: "Success rate", format: (value) => percent(value), ceiling: 1, gap, width }),
    chart([line("quality", (r) => some(r, r.avg_quality_score))],
      { title: "Quality, mean score", format: number, ceiling: 1, gap, width }),
    chart([line("cost", (r) => r.total_cost_usd)], { title: "Cost a window", format: dollars, floor: 0, gap, width }),
    chart([line("tokens", (r) => r.total_tokens)], { title: "Tokens a window", format: count, floor: 0, gap, width }));
  reopen("charts", open);
  drawGroups(list, gap);
  drawFailures(list);
}

/** Pixels for a drawing in one column of a grid of figures. */
function roomFor(id) {
  const columns = getComputedStyle($(id)).gridTemplateColumns.split(" ");
  return (parseFloat(columns[0]) || $(id).clientWidth) - 28;
}

/** Tables that a reader has opened stay open when charts are drawn anew, and a chart keeps the keyboard. */
function openTables(id) {
  const focused = document.activeElement?.closest(`#${id} figure`);
  return {
    titles: [...$(id).querySelectorAll("details[open]")].map((details) => details.dataset.title),
    focused: focused ? [...$(id).children].indexOf(focused) : -1,
    isChart: document.activeElement?.tagName === "svg",
  };
}

function reopen(id, open) {
  for (const details of $(id).querySelectorAll("details")) details.open = open.titles.includes(details.dataset.title);
  const figure = $(id).children[open.focused];
  figure?.querySelector(open.isChart ? "svg.chart" : "summary")?.focus({ preventScroll: true });
}

const sum = (list, value) => list.reduce((total, record) => total + value(record), 0);

function drawTiles(list) {
  const completed = sum(list, (r) => r.successful_generations);
  const failed = sum(list, (r) => r.failed_generations);
  const weighted = (value) => (completed ? sum(list, (r) => value(r) * r.successful_generations) / completed : null);
  const cost = sum(list, (r) => r.total_cost_usd);
  const seen = list.length ? sum(list, (r) => (Date.parse(r.window_end) - Date.parse(r.window_start)) / 1000) : 0;
  const last = list.at(-1);
  const rate = completed + failed ? completed / (completed + failed) : null;
  show("tiles", ...tiles([
    ["Events a second", seen ? number(sum(list, (r) => r.events_processed) / seen) : none],
    ["Generations", count(sum(list, (r) => r.total_generations))],
    ["Success rate", percent(rate)],
    ["Mean duration", seconds(weighted((r) => r.avg_duration_seconds))],
    ["Latest p50 · p95 · p99", last && last.successful_generations
      ? [last.p50_duration_seconds, last.p95_duration_seconds, last.p99_duration_seconds].map((v) => number(v)).join(" · ") + " s" : none,
      { small: true }],
    ["Mean quality", number(weighted((r) => r.avg_quality_score))],
    ["Cost", dollars(cost)],
    ["Cost a generation", dollars(completed ? cost / completed : null)],
    ["Tokens", number(sum(list, (r) => r.total_tokens))],
    ["Windows", `${count(list.length)}`],
    ["From", last ? moment(list[0].window_start) : none, { small: true }],
    ["To", last ? moment(last.window_end) : none, { small: true }],
  ]));
}

// --- Groups ---

function chooseFigures() {
  const options = figures[$("by").value].map(([name, title]) => element("option", { value: name, text: title }));
  $("figure").replaceChildren(...options);
}

function drawGroups(list, gap) {
  const by = $("by").value;
  const amount = by === "stage" ? "total_completed" : "total_generations";
  const totals = new Map();
  for (const record of list) {
    for (const [key, group] of Object.entries(record[sections[by]])) {
      const total = totals.get(key) ?? { key, weight: 0, failed: 0, duration: 0, quality: 0, cost: 0, tokens: 0 };
      const weight = group[amount];
      total.weight += weight;
      total.failed += group.total_failed ?? 0;
      total.duration += group.avg_duration_seconds * weight;
      total.quality += (group.avg_quality_score ?? 0) * weight;
      total.cost += group.total_cost_usd ?? 0;
      total.tokens += group.total_tokens ?? 0;
      totals.set(key, total);
    }
  }
  const ranked = [...totals.values()].sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
  const [name, title, format] = figures[by].find(([figure]) => figure === $("figure").value) ?? figures[by][0];
  const open = openTables("group-chart");
  const lines = ranked.slice(0, groupsShown).map(({ key }) => ({
    name: key,
    points: points(list, (record) => {
      const group = record[sections[by]][key];
      return group && (group[amount] > 0 || name.startsWith("total_")) ? group[name] : null;
    }),
  }));
  const others = ranked.length > groupsShown ? ` (the ${groupsShown} largest of ${ranked.length})` : "";
  const floor = name === "avg_quality_score" ? undefined : 0;
  const label = $("by").selectedOptions[0].text;
  $("group-chart").replaceChildren(chart(lines, {
    title: `${title[0].toUpperCase()}${title.slice(1)} by ${label}${others}`, format, floor,
    ceiling: name === "avg_quality_score" ? 1 : undefined, gap,
    width: roomFor("group-chart"),
  }));
  reopen("group-chart", open);
  const mean = (value) => (row) => (row.weight ? value(row) / row.weight : null);
  const columns = [
    { title: label, kind: "wide", value: (row) => row.key },
    { title: "completed", kind: "number", value: (row) => count(row.weight) },
    ...(by === "stage" ? [{ title: "failed", kind: "number", value: (row) => count(row.failed) }] : []),
    { title: "mean duration", kind: "number", value: (row) => seconds(mean((r) => r.duration)(row)) },
    ...(by === "stage" ? [] : [{ title: "mean quality", kind: "number", value: (row) => number(mean((r) => r.quality)(row)) }]),
    ...(by === "model" ? [
      { title: "cost", kind: "number", value: (row) => dollars(row.cost) },
      { title: "cost a generation", kind: "number", value: (row) => dollars(mean((r) => r.cost)(row)) },
      { title: "tokens", kind: "number", value: (row) => number(row.tokens) }] : []),
  ];
  show("group-table", table(`Groups by ${label}`, columns, ranked, "no groups in the range"));
}

function drawFailures(list) {
  const codes = new Map();
  for (const record of list) {
    for (const [code, failures] of Object.entries(record.failures_by_error_code)) {
      codes.set(code, (codes.get(code) ?? 0) + failures);
    }
  }
  show("failed-table", table("Failed generations by error code", [
    { title: "error code", kind: "wide", value: ([code]) => code },
    { title: "failed", kind: "number", value: ([, failures]) => count(failures) },
  ], [...codes].sort((a, b) => b[1] - a[1]), "no generation failed in the range"));
}

// --- What is asked for again ---

async function loadCluster() {
  const cluster = await ask("/v1/cluster");
  const ready = cluster.status === "ready";
  const problems = cluster.problems.filter((problem) => problem.kind !== "alert_firing");
  $("problems").hidden = problems.length === 0;
  $("problems").className = problems.some((problem) => problem.severity === "critical") ? "notice bad" : "notice";
  $("problems").replaceChildren(...problems.slice(0, 8).map((problem) => element("li", {},
    element("strong", { text: problem.what }), `. To do: ${problem.advice}.`)));
  $("health").textContent = cluster.status;
  $("health").className = ready ? "pill good" : "pill";
  const watermark = cluster.watermark ? Date.parse(cluster.watermark) : null;
  $("watermark").textContent = watermark === null
    ? "no event yet" : `watermark ${moment(cluster.watermark)} (${age(Date.now() - watermark)})`;
  show("cluster-facts", ...tiles([
    ["Epoch", count(cluster.epoch)], ["Shards", count(cluster.shards)],
    ["Open windows", count(cluster.open_windows)], ["Pending intents", count(cluster.pending_intents)],
    ["Accepted", count(cluster.events.accepted)], ["Counted", count(cluster.events.counted)],
    ["Duplicate", count(cluster.events.duplicate)],
    ["Executors", cluster.executors.length ? cluster.executors.join(", ") : "none", { small: true, bad: !cluster.executors.length }],
    ["Contract", cluster.contract, { small: true }],
  ]));
  show("worker-table", table("Workers", [
    { title: "worker", value: (row) => row.name },
    { title: "shards", kind: "number", value: (row) => count(row.shards) },
    { title: "commits", kind: "number", value: (row) => count(row.commits) },
    { title: "silent", kind: "number", value: (row) => `${count(row.silent_ms)} ms` },
  ], cluster.workers, "no worker is there: nothing is counted until one joins"));
  show("ingest-table", table("Ingests", [
    { title: "ingest", value: (row) => row.name },
    { title: "accepted", kind: "number", value: (row) => count(row.accepted) },
    { title: "lag, frames", kind: "number", value: (row) => count(row.lag_frames) },
    { title: "newest event", value: (row) => moment(row.newest_event) + (row.idle ? " (idle)" : "") },
    { title: "silent", kind: "number", value: (row) => `${count(row.silent_ms)} ms` },
  ], cluster.ingests, "no ingest is there: no events are taken"));
  const reasons = Object.entries(cluster.events.quarantined_by_reason).filter(([, lines]) => lines > 0);
  show("quarantine-counts", ...tiles(reasons.map(([reason, lines]) => [reason, count(lines)])));
}

async function loadAlerts() {
  const { alerts } = await ask("/v1/alerts?limit=200");
  const shown = (row) => (row.ratio !== null ? percent(row.ratio) + " of its past" : number(row.value));
  show("alert-table", table("Alerts", [
    { title: "state", value: (row) => state(row.state) },
    { title: "severity", value: (row) => row.severity },
    { title: "rule", value: (row) => row.rule },
    { title: "group", kind: "name", value: (row) => row.group ?? "" },
    { title: "value", kind: "number", value: shown },
    { title: "fires", value: (row) =>
      `${row.metric} ${row.bound} ${row.baseline !== null ? percent(row.threshold) : number(row.threshold)}` },
    { title: "window", value: (row) => `${row.window_type} ${moment(row.window_start)}` },
    { title: "since", value: (row) => moment(row.since) },
  ], alerts, "the contract has no rules of alerts"));
  const firing = alerts.filter((row) => row.state === "firing");
  document.title = firing.length ? `(${firing.length}) Weir` : "Weir";
  $("firing").hidden = firing.length === 0;
  const names = firing.slice(0, 4).map((row) => (row.group === null ? row.rule : `${row.rule} (${row.group})`));
  if (firing.length > names.length) names.push(`${firing.length - names.length} more`);
  const notice = `Firing: ${names.join(", ")}`;
  if ($("firing").textContent !== notice) $("firing").replaceChildren(element("a", { href: "#alerts", text: notice }));
}

const arrows = { rising: "↗ rising", falling: "↘ falling", steady: "→ steady" };

async function loadTrends() {
  const by = $("trend-by").value;
  const query = `/v1/trends?type=${$("trend-type").value}${by ? `&by=${by}` : ""}`;
  const { trends, windows } = await ask(query);
  const interval = (slope) => (slope ? `${number(slope.per_day)} [${number(slope.per_day_lower)}, ${number(slope.per_day_upper)}]` : none);
  show("trend-table", table("Trends", [
    ...(by ? [{ title: "group", kind: "name", value: (row) => row.group }] : []),
    { title: "metric", value: (row) => row.metric },
    { title: "latest", kind: "number", value: (row) => number(row.latest_value) },
    { title: "direction", value: (row) => arrows[row.direction] ?? none },
    { title: "a day [95 %]", kind: "number", value: (row) => interval(row.slope) },
    { title: "last change", value: (row) => {
      const change = row.change_points.at(-1);
      return change ? `${moment(change.at)}: ${number(change.before)} → ${number(change.after)}` : "";
    } },
    { title: "against its season", value: (row) => (row.latest === null ? none
      : row.latest.anomalous ? anomaly(row.latest) : `usual (z ${number(row.latest.score, 2)})`) },
  ], trends, windows ? "nothing to follow" : "no windows of this type are closed yet"));
}

function anomaly(latest) {
  return element("span", { class: "state firing", text: `unusual (z ${latest.score === null ? "∞" : number(latest.score, 2)})` });
}

async function loadWorkflows() {
  const [{ workflows }, failed] = await Promise.all([
    ask("/v1/workflows?state=stuck&limit=100"), ask("/v1/workflows?state=failed&limit=25"),
  ]);
  show("failed-workflow-table", table("Failed workflows, newest first", [
    { title: "workflow", value: (row) => element("code", { text: row.workflow_id }) },
    { title: "last event", value: (row) => moment(row.last_seen) },
    { title: "last stage", kind: "name", value: (row) => row.stages.at(-1)?.name ?? "" },
    { title: "retries", kind: "number", value: (row) => count(row.retries) },
  ], failed.workflows.sort((a, b) => (a.last_seen < b.last_seen ? 1 : -1)).slice(0, 25), "no workflow has failed lately"));
  show("stuck-table", table("Stuck workflows", [
    { title: "workflow", value: (row) => element("code", { text: row.workflow_id }) },
    { title: "state", value: (row) => row.state },
    { title: "last event", value: (row) => moment(row.last_seen) },
    { title: "stages", kind: "number", value: (row) => count(row.stages_completed) },
    { title: "last stage", kind: "name", value: (row) => row.stages.at(-1)?.name ?? "" },
  ], workflows, "no workflow is stuck"));
}

async function loadQuarantine() {
  const { lines } = await ask("/v1/quarantine?limit=25");
  show("quarantine-table", table("Newest quarantined lines", [
    { title: "at", value: (row) => moment(row.stored_at) },
    { title: "reason", value: (row) => row.reason },
    { title: "why", kind: "wide", value: (row) => row.detail },
    { title: "from", value: (row) => `${row.ingest}, frame ${row.frame}, line ${row.line}` },
    { title: "line", kind: "wide", value: (row) => element("code", { text: cut(row.text ?? `base64: ${row.base64}`) }) },
  ], lines, "nothing is in quarantine"));
}

const cut = (text) => (text.length > 160 ? text.slice(0, 160) + "…" : text);

async function lookUp(event) {
  event.preventDefault();
  const id = $("workflow-id").value.trim();
  try {
    const workflow = await ask(`/v1/workflows/${encodeURIComponent(id)}`);
    $("workflow").replaceChildren(
      element("p", { text: `${workflow.workflow_id}: ${workflow.state}, ${workflow.events} events, ${workflow.stages_completed} stages, ${workflow.retries} retries` }),
      table("Stages", [
        { title: "number", kind: "number", value: (row) => row.number }, { title: "stage", kind: "name", value: (row) => row.name },
        { title: "completed at", value: (row) => moment(row.at) },
      ], workflow.stages, "no stage is completed"),
      table("Transitions", [
        { title: "at", value: (row) => moment(row.at) }, { title: "from", value: (row) => row.from ?? "" },
        { title: "to", value: (row) => row.to }, { title: "cause", value: (row) => row.cause },
      ], workflow.transitions, "no transitions"));
  } catch (error) {
    $("workflow").replaceChildren(element("p", { class: "none", text: error.message }));
  }
}

// --- Life ---

async function refresh() {
  await part("cluster", async () => {
    try {
      await loadCluster();
    } catch (error) {
      $("health").textContent = "no answer";
      $("health").className = "pill bad";
      throw error;
    }
  });
  await Promise.all([
    part("alerts", loadAlerts), part("workflows", loadWorkflows), part("quarantine", loadQuarantine),
  ]);
}

function chooseRanges() {
  const options = ranges[$("type").value].map(([windows, title]) => element("option", { value: windows, text: title }));
  $("range").replaceChildren(...options);
}

async function start() {
  records = new Map();
  follow();
  await part("windows", loadWindows);
}

$("type").addEventListener("change", () => { chooseRanges(); start(); });
$("range").addEventListener("change", start);
$("by").addEventListener("change", () => { chooseFigures(); draw(); });
$("figure").addEventListener("change", draw);
for (const id of ["trend-type", "trend-by"]) $(id).addEventListener("change", () => part("trends", loadTrends));
$("lookup").addEventListener("submit", lookUp);
$("choose").addEventListener("submit", (event) => event.preventDefault());

chooseRanges();
chooseFigures();
await start();
await refresh();
await part("trends", loadTrends);
document.documentElement.dataset.ready = "yes";
let resized = 0;
addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(draw, 150); });
setInterval(() => {
  if (document.hidden) return;
  refresh();
  if (token) part("windows", loadWindows);
}, refreshMs);
setInterval(() => { if (!document.hidden) part("trends", loadTrends); }, 12 * refreshMs);
