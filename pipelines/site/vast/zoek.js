"use strict";
// Zoekt in WOORDEN: code, naam, thema, omschrijving, synoniemen. Zonder script staat de hele lijst er.
(() => {
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const rows = WOORDEN.map((row) => ({ code: row[0], name: row[1], theme: row[2], shown: row[5], parts: row.slice(0, 5).map(plain) }));
  const weights = [3, 8, 3, 1, 6];
  const near = (word, text) => {
    if (` ${text}`.includes(` ${word}`)) return 1;
    if (text.includes(word)) return 0.7;
    if (word.length < 5) return 0;
    const start = word.slice(0, Math.max(4, word.length - 2)); // "werkloos" bij "werkloosheid", "diefstallen" bij "diefstal"
    return text.includes(start) ? 0.5 : 0;
  };
  const score = (row, words) => {
    let sum = 0;
    for (const word of words) {
      const best = Math.max(...row.parts.map((text, i) => near(word, text) * weights[i]));
      if (!best) return 0;
      sum += best + (row.parts[1].startsWith(word) ? 2 : 0);
    }
    return sum - row.name.length / 100 + (row.code.startsWith("vp") || row.code.startsWith("vg") ? 0.5 : 0) + (row.shown ? 4 : 0);
  };
  const field = document.getElementById("q");
  const found = document.getElementById("gevonden");
  const show = () => {
    const words = plain(field.value).split(/\s+/).filter((word) => word.length > 1);
    found.replaceChildren();
    if (!words.length) return;
    const best = rows.map((row) => [score(row, words), row]).filter((pair) => pair[0] > 0).sort((a, b) => b[0] - a[0]);
    const head = document.createElement("p");
    head.textContent = best.length ? `${best.length} gevonden` : "Niets gevonden; kies hieronder uit de lijst.";
    const list = document.createElement("ol");
    for (const [, row] of best.slice(0, 20)) {
      const link = document.createElement("a");
      link.href = `onderwerp/${encodeURIComponent(row.code)}.html`;
      link.textContent = row.name;
      const item = document.createElement("li");
      item.append(link, ` (${row.theme})`);
      list.append(item);
    }
    found.append(head, ...(best.length ? [list] : []));
  };
  field.value = new URLSearchParams(location.search).get("q") || "";
  field.addEventListener("input", show);
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
    show();
  });
  show();
})();
