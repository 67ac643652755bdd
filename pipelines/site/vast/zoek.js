"use strict";
// Zoekt in WOORDEN (code, naam, thema, omschrijving, synoniemen, cijfer of niet) zoals `obmi zoek`: een heel woord, een begin
// of einde ervan, of een letter fout; in naam en synoniemen telt dat meer dan in thema en omschrijving. Bij gelijke punten
// telt de volgorde van WOORDEN. Zonder script staat de hele lijst er.
(() => {
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const cut = (text) => [...new Set(plain(text).split(/[^a-z0-9_]+/).filter(Boolean))];
  const rows = WOORDEN.map(([code, name, theme, description, synonyms, shown]) => ({
    code, name, theme, shown, parts: [[1, cut(`${code} ${name} ${synonyms}`)], [0.4, cut(`${theme} ${description}`)]],
  }));
  const oneWrong = (a, b) => {
    if (Math.abs(a.length - b.length) > 1) return false;
    let i = 0;
    while (i < a.length && a[i] === b[i]) i++;
    const rest = (m, n) => a.slice(i + m) === b.slice(i + n);
    return rest(1, 1) || rest(1, 0) || rest(0, 1) || (a[i] === b[i + 1] && a[i + 1] === b[i] && rest(2, 2));
  };
  const hit = (asked, word) => {
    if (word === asked) return 1;
    if (asked.length < 4) return 0;
    if (word.startsWith(asked) || word.endsWith(asked)) return 0.8;
    if (oneWrong(word, asked)) return 0.6;
    return asked.length > 7 && word.startsWith(asked.slice(0, -3)) ? 0.5 : 0; // huizenprijzen, huizenprijs
  };
  const score = (row, asked) => {
    let sum = 0;
    for (const one of asked) {
      const best = Math.max(...row.parts.flatMap(([weight, words]) => words.map((word) => weight * hit(one, word))));
      if (best <= 0) return 0;
      sum += best;
    }
    return sum;
  };
  const find = (asked) =>
    rows.map((row) => [score(row, asked), row]).filter(([points]) => points > 0).sort((a, b) => b[0] - a[0]);
  // "huurprijs" is een prijs: van een woord dat nergens staat, het langste einde dat er wel staat
  const tail = (word) => {
    for (let i = 1; word.length - i >= 4; i++) {
      const end = word.slice(i);
      if (rows.some((row) => row.parts.some(([, words]) => words.some((one) => one === end || one.endsWith(end))))) return end;
    }
    return word;
  };
  const field = document.getElementById("q");
  const found = document.getElementById("gevonden");
  const show = () => {
    const asked = cut(field.value).filter((word) => word.length > 1);
    found.replaceChildren();
    if (!asked.length) return;
    let best = find(asked);
    const shorter = best.length ? asked : asked.map(tail);
    if (!best.length && shorter.join() !== asked.join()) best = find(shorter);
    const head = document.createElement("p");
    const near = shorter === asked ? "" : ` met “${shorter.join(" ")}”; over “${field.value.trim()}” is er geen cijfer`;
    head.textContent = best.length ? `${best.length} gevonden${near}` : "Niets gevonden; kies hieronder uit de lijst.";
    const list = document.createElement("ol");
    for (const [, row] of best.slice(0, 20)) {
      const link = document.createElement("a");
      link.href = `onderwerp/${encodeURIComponent(row.code)}.html`;
      link.textContent = row.name;
      const item = document.createElement("li");
      item.append(link, ` (${row.theme}${row.shown ? "" : ", nog geen cijfer"})`);
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
