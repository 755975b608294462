"use strict";
// Tables that sort by a click on a header and filter by choice. Without this script every table is
// there, whole, in the study's order.
for (const box of document.querySelectorAll(".sortable")) {
  const body = box.querySelector("tbody");
  const original = [...body.rows];
  const headers = [...box.querySelectorAll("thead th")];
  const form = box.querySelector("form");
  const count = box.querySelector("output");

  const compare = (column, numeric, direction) => (first, second) => {
    const [a, b] = [first.cells[column], second.cells[column]];
    if (!numeric) return direction * a.textContent.trim().localeCompare(b.textContent.trim(), "en");
    const [x, y] = [a.dataset.sort, b.dataset.sort];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    return direction * (Number(x) - Number(y));
  };

  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      // Upwards, downwards, and back to the study's order.
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

  if (!form) continue;
  form.hidden = false;
  const filter = () => {
    const choices = [...form.elements].filter((field) => field.name && field.value !== "");
    for (const row of original) {
      row.hidden = choices.some((field) => row.cells[field.dataset.column].textContent.trim() !== field.value);
    }
    const shown = original.filter((row) => !row.hidden).length;
    count.value = shown === original.length ? `${shown} rows` : `${shown} of ${original.length} rows`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
}
