// Lines over time, as an SVG with a table behind it.

import { drawing, element, table } from "./elements.js";
import { moment, tick } from "./format.js";

const frame = { height: 200, left: 52, right: 10, top: 8, bottom: 22 };

/** Round steps for an axis that holds [low, high]. */
export function ticks(low, high, wanted = 4) {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / wanted;
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * scale).find((candidate) => candidate >= rough);
  const first = Math.floor(low / step) * step;
  const values = [];
  for (let index = 0; first + index * step <= high + step * 0.999 && index < 12; index += 1) values.push(first + index * step);
  return values;
}

/**
 * series: [{name, points: [{time, value|null}]}], at most six, in ascending time.
 * options: {title, format, floor: lower end of the axis, ceiling, gap: milliseconds beyond which a line breaks, width: pixels, so that
 * text has the size of text}
 */
export function chart(series, options) {
  const size = { ...frame, width: Math.max(240, Math.round(options.width)) };
  const times = [...new Set(series.flatMap((line) => line.points.map((point) => point.time)))].sort((a, b) => a - b);
  const values = series.flatMap((line) => line.points.map((point) => point.value)).filter((value) => value !== null);
  const figure = element("figure");
  const names = series.length > 1 ? [legend(series)] : [];
  figure.append(element("figcaption", {}, element("span", { text: options.title }), ...names));
  if (values.length === 0) {
    figure.append(element("p", { class: "none", text: "no data in the range" }));
    return figure;
  }
  const high = Math.max(...values);
  const low = Math.min(...values);
  const marks = ticks(options.floor ?? low, Math.max(high, (options.floor ?? low) + 1e-9));
  const bottom = options.floor ?? marks[0];
  const top = options.ceiling !== undefined ? Math.min(options.ceiling, marks.at(-1)) : marks.at(-1);
  const span = times.at(-1) - times[0] || 1;
  const x = (time) => size.left + ((time - times[0]) / span) * (size.width - size.left - size.right);
  const y = (value) => size.top + (1 - (value - bottom) / (top - bottom || 1)) * (size.height - size.top - size.bottom);

  const latest = series.map((line) => [line.name, line.points.findLast((point) => point.value !== null)?.value ?? null]);
  const summary = `${options.title}, ${moment(new Date(times[0]).toISOString())} to ${moment(new Date(times.at(-1)).toISOString())}. `
    + latest.map(([name, value]) => `${name} latest ${options.format(value)}`).join(", ") + ". The table has all figures; arrow keys read them.";
  const svg = drawing("svg", {
    class: "chart", viewBox: `0 0 ${size.width} ${size.height}`, role: "img", "aria-label": summary, tabindex: "0",
  });
  for (const mark of marks.filter((mark) => mark <= top + 1e-12 && mark >= bottom - 1e-12)) {
    svg.append(
      drawing("line", { class: "axis", x1: size.left, x2: size.width - size.right, y1: y(mark), y2: y(mark) }),
      drawing("text", { class: "tick", x: size.left - 6, y: y(mark) + 4, "text-anchor": "end", text: options.format(mark) }));
  }
  const labels = Math.min(size.width < 400 ? 3 : 5, times.length);
  for (let index = 0; index < labels; index += 1) {
    const time = times[0] + (labels === 1 ? 0 : (span * index) / (labels - 1));
    const anchor = index === 0 ? "start" : index === labels - 1 ? "end" : "middle";
    svg.append(drawing("text", { class: "tick", x: x(time), y: size.height - 5, "text-anchor": anchor, text: tick(time, span) }));
  }
  series.forEach((line, index) => draw(svg, line, index + 1, x, y, options.gap));
  const readout = element("p", { class: "readout", "aria-live": "polite" });
  follow(svg, readout, series, times, x, size, options);
  figure.append(readout, svg, numbers(series, times, options));
  return figure;
}

function legend(series) {
  return element("ul", { class: "legend" }, ...series.map((line, index) =>
    element("li", {},
      drawing("svg", { viewBox: "0 0 24 8", "aria-hidden": "true" },
        drawing("line", { class: `series s${index + 1}`, x1: 0, x2: 24, y1: 4, y2: 4 })),
      document.createTextNode(line.name))));
}

function draw(svg, line, color, x, y, gap) {
  let path = "";
  let before = null;
  let run = 0;
  const lonely = [];
  const end = () => { if (run === 1) lonely.push(before); run = 0; };
  for (const point of line.points) {
    if (point.value === null) { end(); before = null; continue; }
    const joins = before !== null && (gap === undefined || point.time - before.time <= gap);
    if (!joins) end();
    path += `${joins ? "L" : "M"}${x(point.time).toFixed(1)} ${y(point.value).toFixed(1)}`;
    before = point;
    run += 1;
  }
  end();
  svg.append(drawing("path", { class: `series s${color}`, d: path }));
  for (const point of lonely) {
    svg.append(drawing("circle", { class: `dot f${color}`, cx: x(point.time), cy: y(point.value), r: 2.5 }));
  }
}

/** Pointer and arrow keys show the figures of one window. */
function follow(svg, readout, series, times, x, size, options) {
  const mark = drawing("line", { class: "mark", y1: size.top, y2: size.height - size.bottom, visibility: "hidden" });
  svg.append(mark);
  let at = times.length - 1;
  const values = series.map((line) => new Map(line.points.map((point) => [point.time, point.value])));
  const read = () => {
    const figures = series.map((line, index) => {
      const value = options.format(values[index].get(times[at]) ?? null);
      return series.length > 1 ? `${line.name} ${value}` : value;
    });
    readout.textContent = `${moment(new Date(times[at]).toISOString())}: ${figures.join(", ")}`;
    mark.setAttribute("x1", x(times[at]));
    mark.setAttribute("x2", x(times[at]));
    mark.setAttribute("visibility", "visible");
  };
  const leave = () => {
    mark.setAttribute("visibility", "hidden");
    at = times.length - 1;
    const latest = series.map((line, index) => {
      const value = options.format(values[index].get(times[at]) ?? null);
      return series.length > 1 ? `${line.name} ${value}` : value;
    });
    readout.textContent = `latest: ${latest.join(", ")}`;
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * size.width;
    at = times.reduce((best, time, index) => (Math.abs(x(time) - place) < Math.abs(x(times[best]) - place) ? index : best), 0);
    read();
  });
  svg.addEventListener("pointerleave", leave);
  svg.addEventListener("blur", leave);
  svg.addEventListener("focus", read);
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    at = Math.max(0, Math.min(times.length - 1, at + step));
    read();
  });
  leave();
}

function numbers(series, times, options) {
  const values = series.map((line) => new Map(line.points.map((point) => [point.time, point.value])));
  const details = element("details", { "data-title": options.title }, element("summary", { text: "Table" }));
  details.addEventListener("toggle", () => {
    if (!details.open || details.childElementCount > 1) return;
    const columns = [
      { title: "Window", value: (time) => new Date(time).toISOString().replace(/\.000Z$/, "Z") },
      ...series.map((line, index) => ({
        title: line.name, kind: "number", value: (time) => options.format(values[index].get(time) ?? null),
      })),
    ];
    details.append(table(options.title, columns, [...times].reverse(), ""));
  });
  return details;
}
