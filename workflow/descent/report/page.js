"use strict";
// Choosing, highlighting, linking, sorting and telling numbers. All of it is in the page: every
// chart is drawn in a <template>. Without this script every table is there, in the study's order.
const form = document.getElementById("choices");
const tip = document.getElementById("tip");
const chips = [...form.querySelectorAll("button")];
const choices = ["problem", "track", "measure"];

// The state of the page: it is read from the address and written to it. The first of each choice
// is not named there.
const state = {};

const values = (key) => [...form.elements[key].options].map((option) => option.value);

function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const key of choices) {
    state[key] = values(key).includes(given.get(key)) ? given.get(key) : values(key)[0];
  }
  const named = (given.get("optimizers") ?? "").split(" ");
  state.optimizers = chips.map((chip) => chip.value).filter((name) => named.includes(name));
  state.sort = given.get("sort") ?? "";
  state.at = given.get("at") ?? (location.hash.includes("=") ? "" : location.hash.slice(1));
}

function address() {
  const kept = choices.filter((key) => state[key] !== values(key)[0]).map((key) => [key, state[key]]);
  if (state.optimizers.length) kept.push(["optimizers", state.optimizers.join(" ")]);
  if (state.sort) kept.push(["sort", state.sort]);
  if (state.at) kept.push(["at", state.at]);
  return kept.length ? `#${new URLSearchParams(kept)}` : location.pathname + location.search;
}

function change(changes) {
  Object.assign(state, changes);
  if (location.hash !== address()) history.pushState(null, "", address());
  show(Object.keys(changes));
}

function toggle(names) {
  const all = names.every((name) => state.optimizers.includes(name));
  const others = state.optimizers.filter((name) => !names.includes(name));
  change({ optimizers: all ? others : [...others, ...names] });
}

function show(changed) {
  for (const key of choices) form.elements[key].value = state[key];
  if (changed.some((key) => choices.includes(key))) choose();
  if (changed.includes("sort")) for (const sort of sorts) sort();
  for (const chip of chips) {
    chip.setAttribute("aria-pressed", String(state.optimizers.includes(chip.value)));
  }
  document.body.classList.toggle("highlighting", state.optimizers.length > 0);
  for (const part of document.querySelectorAll("[data-optimizers]")) {
    const named = part.dataset.optimizers.split(" ").some((name) => state.optimizers.includes(name));
    part.classList.toggle("highlighted", named);
  }
  const shown = choices.map((key) => form.elements[key].selectedOptions[0].textContent);
  const titles = chips.filter((chip) => state.optimizers.includes(chip.value));
  const names = titles.map((chip) => chip.textContent.trim()).join(", ") || "none";
  form.querySelector("output").value = `${shown.join(", ")}. Highlighted: ${names}.`;
}

// Shows what belongs to the chosen problem, track and measure.
function choose() {
  for (const key of ["problem", "track"]) {
    for (const part of document.querySelectorAll(`[data-${key}]`)) {
      part.classList.toggle(`other-${key}`, part.dataset[key] !== state[key]);
    }
  }
  const charts = [...document.querySelectorAll("template")];
  for (const figure of document.querySelectorAll(".chart")) {
    const chosen = charts.find(
      ({ dataset }) =>
        dataset.place === figure.dataset.place &&
        dataset.problem === state.problem &&
        dataset.tracks.split(" ").includes(state.track) &&
        dataset.measures.split(" ").includes(state.measure),
    );
    figure.replaceChildren(chosen.content.cloneNode(true));
  }
}

// The nearest point of a mark: of the one at the pointer, or of any that is close.
function pointed(event) {
  const drawing = event.target.closest(".drawing svg");
  if (!drawing) return null;
  const at = new DOMPoint(event.clientX, event.clientY);
  const { x, y } = at.matrixTransform(drawing.getScreenCTM().inverse());
  const within = event.target.closest("[data-optimizers]")?.dataset.optimizers;
  let found = null;
  let least = Infinity;
  for (const { dataset } of drawing.querySelectorAll("[data-points]")) {
    for (const [px, py, said] of JSON.parse(dataset.points)) {
      const distance = Math.hypot(px - x, py - y);
      if (distance < least && (distance < 12 || dataset.optimizers === within)) {
        least = distance;
        found = { optimizer: dataset.optimizers, said: `${dataset.about}\n${said}` };
      }
    }
  }
  return found;
}

document.addEventListener("pointermove", (event) => {
  const mark = pointed(event);
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = mark.said;
  const { width, height } = tip.getBoundingClientRect();
  const beyond = event.clientY + 16 + height > innerHeight;
  tip.style.left = `${Math.max(0, Math.min(event.clientX + 12, innerWidth - width - 4))}px`;
  tip.style.top = `${event.clientY + (beyond ? -12 - height : 16)}px`;
});

// Sorting: upwards, downwards, and back to the study's order. One table is sorted at a time; the
// state names it by its place, the column and the direction: "0 2 ascending".
const sorts = [...document.querySelectorAll(".sortable table")].map((table, place) => {
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
      const next = { none: "ascending", ascending: "descending" };
      const order = next[header.getAttribute("aria-sort") ?? "none"];
      change({ sort: order ? `${place} ${column} ${order}` : "" });
    });
  });

  return () => {
    const [of, column, order] = state.sort.split(" ");
    const header = Number(of) === place ? headers[column] : undefined;
    headers.forEach((other) => other.removeAttribute("aria-sort"));
    if (header && order) header.setAttribute("aria-sort", order);
    const direction = order === "ascending" ? 1 : -1;
    const numeric = header?.dataset.numeric !== undefined;
    body.append(...(header ? [...original].sort(compare(column, numeric, direction)) : original));
  };
});

form.addEventListener("input", (event) => change({ [event.target.name]: event.target.value }));
form.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("click", (event) => {
  const chip = event.target.closest("#choices button");
  const row = event.target.closest("tr[data-optimizers]");
  const within = event.target.closest('a[href^="#"]');
  const mark = pointed(event);
  if (chip) toggle([chip.value]);
  else if (mark) toggle([mark.optimizer]);
  else if (row && !event.target.closest("a")) toggle(row.dataset.optimizers.split(" "));
  else if (within) {
    event.preventDefault(); // a link within the page keeps the state
    change({ at: within.hash.slice(1) });
    document.getElementById(state.at).scrollIntoView();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.optimizers.length) change({ optimizers: [] });
});
addEventListener("popstate", () => {
  read();
  show([...choices, "sort"]);
});

form.hidden = false;
for (const part of document.querySelectorAll(".scripted, .charts")) part.hidden = false;
for (const part of document.querySelectorAll(".unscripted")) part.hidden = true;
document.body.classList.add("choosing");
read();
show([...choices, "sort"]);
if (state.at) document.getElementById(state.at)?.scrollIntoView();
