"use strict";
const list = document.getElementById("rows");
const tools = document.querySelector(".tools");
const cards = () => [...list.querySelectorAll(".card")];
const open = (cards, isOpen) => cards.forEach((card) => { card.open = isOpen; });

if (list && tools) {
  tools.hidden = false;
  const orders = {
    worst: (a, b) => a.dataset.rank - b.dataset.rank,
    best: (a, b) => b.dataset.rank - a.dataset.rank,
    file: (a, b) => a.dataset.place - b.dataset.place,
  };
  const filters = [...tools.querySelectorAll("button[data-filter]")];
  const told = document.getElementById("told");
  filters.forEach((button) => button.addEventListener("click", () => {
    filters.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    cards().forEach((card) => { card.hidden = ![ "all", card.dataset.kind ].includes(button.dataset.filter); });
    told.textContent = `${cards().filter((card) => !card.hidden).length} shown`;
  }));
  document.getElementById("order").addEventListener("change", (event) => {
    list.append(...cards().sort(orders[event.target.value]));
  });
  document.getElementById("open").addEventListener("click", () => open(cards(), true));
  document.getElementById("close").addEventListener("click", () => open(cards(), false));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input")) return;
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const seen = cards().filter((card) => !card.hidden);
    const here = seen.indexOf(document.activeElement.closest(".card"));
    const next = seen[Math.max(0, Math.min(seen.length - 1, here + step))];
    if (!next) return;
    next.open = true;
    next.querySelector("summary").focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  });
  addEventListener("beforeprint", () => open(cards(), true));
}
