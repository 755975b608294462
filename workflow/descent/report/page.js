"use strict";
// Choosing, highlighting, linking and sorting. What is drawn, and of what, stands in the data.
// Without this script every table is there, whole, in the study's order.
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("choices");
const status = form.querySelector("output");
const drawings = new Map(); // place -> what vegaEmbed returned

// The state of the page: it is read from the address and written to it.
const allowed = {
  problem: data.problems,
  track: data.tracks,
  measure: data.measures,
  optimizer: ["", ...Object.keys(data.optimizers)],
};
const state = {};

function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const [key, values] of Object.entries(allowed)) {
    state[key] = values.includes(given.get(key)) ? given.get(key) : values[0];
  }
  state.at = given.get("at") ?? (location.hash.includes("=") ? "" : location.hash.slice(1));
}

function address() {
  const kept = Object.entries(state).filter(([key, value]) => value && value !== allowed[key]?.[0]);
  return kept.length ? `#${new URLSearchParams(kept)}` : location.pathname + location.search;
}

function change(changes) {
  Object.assign(state, changes);
  if (location.hash !== address()) history.pushState(null, "", address());
  show(Object.keys(changes));
}

// Shows what is chosen. A new highlight is a signal of the drawings that are there.
function show(changed) {
  const anew = changed.some((key) => ["problem", "track", "measure"].includes(key));
  for (const key of ["problem", "track", "measure"]) form.elements[key].value = state[key];
  if (anew) {
    for (const key of ["problem", "track"]) {
      for (const part of document.querySelectorAll(`[data-${key}]`)) {
        part.classList.toggle(`other-${key}`, part.dataset[key] !== state[key]);
      }
    }
    draw();
  }
  for (const chip of form.querySelectorAll("button")) {
    chip.setAttribute("aria-pressed", String(chip.value === state.optimizer));
  }
  document.body.classList.toggle("highlighting", state.optimizer !== "");
  for (const part of document.querySelectorAll("[data-optimizers]")) {
    const named = part.dataset.optimizers.split(" ").includes(state.optimizer);
    part.classList.toggle("highlighted", named);
  }
  for (const { view } of drawings.values()) view.signal("highlight", highlight()).runAsync();
  const problem = form.elements.problem.selectedOptions[0].textContent;
  status.value = `${problem}, ${state.track}. ${highlight() || "No optimizer"} is highlighted.`;
}

const highlight = () => data.optimizers[state.optimizer] ?? "";

function draw() {
  const shown = data.shown[state.problem][state.track][state.measure];
  for (const figure of document.querySelectorAll(".chart")) {
    const view = data.views[shown[figure.dataset.place]];
    const drawing = figure.querySelector(".drawing");
    figure.querySelector("figcaption").textContent = view.title;
    figure.querySelector(".note").textContent = view.note;
    figure.querySelector(".more").replaceChildren(...links(view));
    drawings.get(figure.id)?.finalize();
    drawings.delete(figure.id);
    drawing.replaceChildren();
    drawing.removeAttribute("aria-label");
    drawing.hidden = view.spec === null;
    if (view.spec) embed(figure, drawing, view);
  }
}

async function embed(figure, drawing, view) {
  const spec = structuredClone(view.spec); // Vega keeps what it is given, and changes it
  const result = await vegaEmbed(drawing, spec, {
    actions: false,
    ast: true, // expressions are interpreted, so that the page's policy need not allow eval
    config: data.config,
    defaultStyle: false,
    mode: "vega-lite",
    renderer: "svg",
    tooltip: { theme: "page" },
  });
  if (data.views[data.shown[state.problem][state.track][state.measure][figure.dataset.place]] !== view) {
    result.finalize(); // chosen otherwise in the meantime
    return;
  }
  // One image to a screen reader; its numbers are in the tables.
  drawing.querySelector("svg").setAttribute("aria-hidden", "true");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", `${view.title}. ${view.note}`);
  drawings.set(figure.id, result);
  result.view.addEventListener("click", (event, item) => {
    const named = Object.keys(data.optimizers).find((key) => data.optimizers[key] === item?.datum?.optimizer);
    if (named) toggle(named);
  });
  result.view.signal("highlight", highlight()).runAsync();
}

function links(view) {
  const link = (file, text, download = false) => {
    const anchor = document.createElement("a");
    anchor.href = `${data.folder}/${file.split("/").map(encodeURIComponent).join("/")}`;
    anchor.textContent = text;
    if (download) anchor.download = "";
    return anchor;
  };
  const parts = ["Numbers: ", link(view.table, view.table.split("/").pop(), true)];
  if (view.figure) {
    parts.push(". For print: ");
    data.formats.forEach((format, i) => {
      parts.push(i ? ", " : "", link(`${view.figure}.${format}`, format.toUpperCase()));
    });
  }
  return [...parts, "."];
}

function toggle(optimizer) {
  change({ optimizer: state.optimizer === optimizer ? "" : optimizer });
}

// Sorting: upwards, downwards, and back to the study's order.
for (const table of document.querySelectorAll(".sortable table")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const headers = [...table.tHead.rows[0].cells];

  const compare = (column, numeric, direction) => (first, second) => {
    const [a, b] = [first.cells[column], second.cells[column]];
    if (!numeric) return direction * a.textContent.trim().localeCompare(b.textContent.trim(), "en");
    const [x, y] = [a, b].map((cell) => Number(cell.dataset.sort ?? cell.textContent));
    if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y); // what has no number is last
    return direction * (x - y);
  };

  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const next = { none: "ascending", ascending: "descending", descending: "none" };
      const order = next[header.getAttribute("aria-sort") ?? "none"];
      headers.forEach((other) => other.removeAttribute("aria-sort"));
      if (order !== "none") header.setAttribute("aria-sort", order);
      const direction = order === "ascending" ? 1 : -1;
      const numeric = header.dataset.numeric !== undefined;
      body.append(
        ...(order === "none" ? original : [...original].sort(compare(column, numeric, direction))),
      );
    });
  });
}

form.addEventListener("input", (event) => change({ [event.target.name]: event.target.value }));
form.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("click", (event) => {
  const chip = event.target.closest("#choices button");
  const row = event.target.closest("tr[data-optimizers]");
  const within = event.target.closest('a[href^="#"]');
  if (chip) toggle(chip.value);
  else if (row && !event.target.closest("a")) {
    const [first, second] = row.dataset.optimizers.split(" ");
    toggle(second === state.optimizer ? second : first);
  } else if (within) {
    event.preventDefault(); // a link within the page keeps the state
    change({ at: within.hash.slice(1) });
    document.getElementById(state.at).scrollIntoView();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.optimizer) change({ optimizer: "" });
});
addEventListener("popstate", () => {
  read();
  show(Object.keys(allowed));
});

form.hidden = false;
for (const part of document.querySelectorAll(".scripted, .charts")) part.hidden = false;
for (const part of document.querySelectorAll(".unscripted")) part.hidden = true;
document.body.classList.add("choosing");
read();
show(Object.keys(allowed));
if (state.at) document.getElementById(state.at)?.scrollIntoView();
