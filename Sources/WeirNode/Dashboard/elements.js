// Elements from data. Everything that comes from the cluster is text: textContent, never markup.

/** An element with attributes (`class`, `text`, others as they are) and children. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function drawing(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "text") node.textContent = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** What each place shows, as text. */
const shown = new Map();

/** Puts children into a place, if they say something else than what is there: what a reader holds open or has focused stays. */
export function show(id, ...children) {
  const text = children.map((child) => child.textContent).join("\n");
  if (shown.get(id) === text) return;
  shown.set(id, text);
  document.getElementById(id).replaceChildren(...children);
}

/**
 * A table in a box that scrolls.
 * columns: [{title, value(row) → text or node, kind: "number" | "wide" | undefined}]
 */
export function table(caption, columns, rows, empty) {
  if (rows.length === 0) return element("p", { class: "none", text: empty });
  const head = element("tr", {}, ...columns.map((column) =>
    element("th", { scope: "col", class: column.kind, text: column.title })));
  const body = rows.map((row) => element("tr", {}, ...columns.map((column) => {
    const value = column.value(row);
    return value instanceof Node
      ? element("td", { class: column.kind }, value)
      : element("td", { class: column.kind, text: String(value) });
  })));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
}

/** Name and figure, as tiles. items: [[name, text, {bad, small}]] */
export function tiles(items) {
  return items.map(([name, text, mark = {}]) =>
    element("div", { class: mark.bad ? "bad" : undefined },
      element("dt", { text: name }), element("dd", { text, class: mark.small ? "small" : undefined })));
}

export const state = (name) => element("span", { class: "state " + name, text: name });
