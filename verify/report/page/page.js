"use strict";
(() => {
  const table = document.querySelector("table.statements");
  const bodies = [...table.tBodies];
  const texts = new Map(bodies.map((body) => [body, body.textContent.toLowerCase()]));
  const wanted = { kind: "", verdict: "" };
  const search = document.getElementById("search");

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const body of bodies) {
      const fits =
        Object.entries(wanted).every(([key, value]) => !value || body.dataset[key] === value) &&
        words.every((word) => texts.get(body).includes(word));
      body.hidden = !fits;
      shown += fits;
    }
    document.getElementById("shown").textContent = `${shown} of ${bodies.length} statements shown`;
    document.getElementById("none").hidden = shown > 0 || bodies.length === 0;
  }

  for (const button of document.querySelectorAll("button[data-filter]")) {
    button.addEventListener("click", () => {
      const { filter: key, value } = button.dataset;
      wanted[key] = value;
      for (const other of document.querySelectorAll(`button[data-filter="${key}"]`)) {
        other.setAttribute("aria-pressed", String(other === button));
      }
      filter();
    });
  }
  search.addEventListener("input", filter);

  const numeric = new Set(["draws", "seconds", "rank"]);
  const headers = [...table.tHead.querySelectorAll("th[data-key]")];

  function compare(key, a, b) {
    if (!numeric.has(key)) return a.dataset[key].localeCompare(b.dataset[key], "en");
    const [x, y] = [a, b].map((body) => Number(body.dataset[key]));
    return Number.isNaN(x) || Number.isNaN(y) ? Number.isNaN(x) - Number.isNaN(y) : x - y;
  }

  function sort(header, direction) {
    for (const other of headers) other.setAttribute("aria-sort", other === header ? direction : "none");
    const sign = { ascending: 1, descending: -1, none: 0 }[direction];
    const sorted = [...bodies];
    if (sign) sorted.sort((a, b) => sign * compare(header.dataset.key, a, b));
    table.append(...sorted);
  }

  for (const header of headers) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.title = "Sort; the third time: the paper's order";
    header.replaceChildren(button);
    header.setAttribute("aria-sort", "none");
    const next = { none: "ascending", ascending: "descending", descending: "none" };
    button.addEventListener("click", () => sort(header, next[header.getAttribute("aria-sort")]));
  }

  const details = bodies.map((body) => body.querySelector("details"));
  const toggle = (open) => details.forEach((one) => (one.open = open));
  document.getElementById("open-all").addEventListener("click", () => toggle(true));
  document.getElementById("close-all").addEventListener("click", () => toggle(false));

  function reveal() {
    const body = bodies.find((one) => `#${one.id}` === location.hash);
    if (!body) return;
    if (body.hidden) {
      search.value = "";
      for (const all of document.querySelectorAll('button[data-value=""]')) all.click();
    }
    body.querySelector("details").open = true;
    body.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  reveal();

  let before = [];
  addEventListener("beforeprint", () => {
    before = details.map((one) => one.open);
    toggle(true);
  });
  addEventListener("afterprint", () => details.forEach((one, k) => (one.open = before[k])));

  document.querySelector(".controls").hidden = false;
})();
