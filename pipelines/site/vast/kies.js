"use strict";
// Een eigen keuze van gebieden en onderwerpen, in het adres bewaard: ?g=44021,11002&o=vp1101_65p. Zonder script staat alles er.
(() => {
  const table = document.getElementById("vergelijk");
  const place = document.getElementById("keuze");
  if (!table) return;
  const asked = new URLSearchParams(location.search);
  const heads = [...table.tHead.rows[0].cells];
  const lines = [...table.tBodies[0].rows];
  const chosen = (key) => (asked.has(key) ? new Set(asked.get(key).split(",")) : null);
  const boxes = (title, key, items) => {
    const group = document.createElement("details");
    group.className = "keuze";
    const head = document.createElement("summary");
    head.textContent = title;
    group.append(head);
    const wanted = chosen(key);
    group.open = Boolean(wanted);
    const made = items.map(([code, name]) => {
      const box = document.createElement("input");
      box.type = "checkbox";
      box.value = code;
      box.checked = !wanted || wanted.has(code);
      const label = document.createElement("label");
      label.append(box, ` ${name}`);
      group.append(label);
      return box;
    });
    place.append(group);
    return made;
  };
  const areas = boxes("Kies gebieden", "g", heads.filter((c) => c.dataset.g).map((c) => [c.dataset.g, c.textContent]));
  const topics = boxes("Kies onderwerpen", "o", lines.map((r) => [r.dataset.o, r.cells[0].querySelector("a").textContent]));
  const show = () => {
    const on = (made) => new Set(made.filter((box) => box.checked).map((box) => box.value));
    const shownAreas = on(areas);
    const shownTopics = on(topics);
    heads.forEach((cell, i) => {
      const hide = Boolean(cell.dataset.g) && !shownAreas.has(cell.dataset.g);
      cell.hidden = hide;
      for (const line of lines) line.cells[i].hidden = hide;
    });
    for (const line of lines) line.hidden = !shownTopics.has(line.dataset.o);
    const kept = new URLSearchParams();
    if (shownAreas.size < areas.length) kept.set("g", [...shownAreas].join(","));
    if (shownTopics.size < topics.length) kept.set("o", [...shownTopics].join(","));
    history.replaceState(null, "", kept.size ? `?${kept}` : location.pathname);
  };
  place.addEventListener("change", show);
  place.hidden = false;
  show();
})();
