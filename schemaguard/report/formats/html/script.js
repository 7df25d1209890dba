"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const status = document.querySelector(".status");

  // Colours: as the system has them, or one of the two. What a page from disk may keep, it keeps.
  const themes = ["system", "light", "dark"];
  const toggle = document.querySelector(".theme");
  const words = { system: "as the system has them", light: "light", dark: "dark" };
  let theme = "system";
  const show = (name) => {
    theme = themes.includes(name) ? name : "system";
    if (theme === "system") delete root.dataset.theme; else root.dataset.theme = theme;
    toggle.setAttribute("aria-label", `Colours: ${words[theme]}`);
    toggle.querySelector("span").textContent = theme === "system" ? "Theme" : theme === "light" ? "Light" : "Dark";
  };
  try { show(localStorage.getItem("schemaguard-theme")); } catch { show("system"); }
  toggle.addEventListener("click", () => {
    show(themes[(themes.indexOf(theme) + 1) % themes.length]);
    try { localStorage.setItem("schemaguard-theme", theme); } catch { /* a page from disk may have no storage */ }
  });

  // What may be copied gets a button.
  for (const each of document.querySelectorAll(".command, .sql")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    const text = each.textContent.trim();
    button.setAttribute("aria-label", `Copy ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`);
    button.append(document.getElementById("copying").content.cloneNode(true));
    each.append(button);
  }

  // Copying, also where the clipboard is out of reach.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.setAttribute("readonly", "");
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const parts = button.dataset.of ? button.closest("section").querySelectorAll(`${button.dataset.of} .statement`) : [button.previousElementSibling];
    const done = await copy([...parts].map((each) => each.textContent.trimEnd()).join("\n"));
    const label = button.querySelector("span");
    const before = label.dataset.text ??= label.textContent;
    label.textContent = done ? "Copied" : "Failed";
    status.textContent = done ? "Copied." : "It could not be copied.";
    button.focus();
    setTimeout(() => { label.textContent = before; status.textContent = ""; }, 1600);
  });

  // Where there are many findings, or rows of the matrix, words find some of them.
  const filtered = (title, items, text, shown) => {
    if (items.length < 2) return;
    const filter = document.createElement("label");
    filter.className = "filter";
    const input = Object.assign(document.createElement("input"), { type: "search" });
    const count = document.createElement("span");
    count.setAttribute("role", "status");
    filter.append("Filter", input, count);
    document.getElementById(title).after(filter);
    const texts = items.map((each) => text(each).toLowerCase());
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/);
      items.forEach((each, index) => { each.hidden = !words.every((word) => texts[index].includes(word)); });
      shown?.();
      const left = items.filter((each) => !each.hidden).length;
      count.textContent = input.value.trim() ? `${left} of ${items.length}` : "";
    });
  };
  const findings = [...document.querySelectorAll("#findings .finding")];
  if (findings.length > 12) filtered("findings-title", findings, (each) => `${each.closest(".group")?.querySelector("h3")?.textContent ?? ""} ${each.textContent}`, () => {
    for (const group of document.querySelectorAll("#findings .group")) group.hidden = !group.querySelector(".finding:not([hidden])");
  });
  filtered("targets-title", [...document.querySelectorAll("#targets tbody tr")], (each) => each.textContent);

  // The marks of a line: one stop for the tabulator, arrows go along it.
  const lines = [...document.querySelectorAll(".track > .line, .whole .line")];
  const stops = (line) => [...line.querySelectorAll("a, summary")].filter((each) => each.checkVisibility());
  for (const line of lines) {
    const only = (stop) => { for (const each of line.querySelectorAll("a, summary")) each.tabIndex = each === stop ? 0 : -1; };
    only(line.querySelector("a, summary"));
    line.addEventListener("focusin", (event) => only(event.target));
    line.addEventListener("keydown", (event) => {
      const all = stops(line);
      const here = all.indexOf(document.activeElement);
      const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 }[event.key];
      if (here < 0 || to === undefined || !all[to]) return;
      event.preventDefault();
      all[to].focus();
    });
  }

  // What a mark stands for is told beside it: its row of the table.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.id = "tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.body.append(tip);
  const tag = (name, text) => Object.assign(document.createElement(name), { textContent: text });
  let marked = null, leaving = 0;
  const hide = () => {
    if (marked) marked.removeAttribute("aria-describedby");
    marked = null;
    tip.hidden = true;
  };
  const tell = (mark) => {
    clearTimeout(leaving);
    if (mark === marked) return;
    hide();
    const row = document.getElementById(mark.hash.slice(1));
    if (!row) return;
    const [name, state, , operations] = row.cells;
    const head = tag("strong", name.textContent), word = tag("div", "");
    word.append(...[...state.cloneNode(true).childNodes]);
    word.className = state.className;
    const meaning = document.querySelector(`.legend .${state.className}`)?.closest("li").querySelector(".means");
    if (meaning) word.append(tag("span", `: ${meaning.textContent}`));
    tip.replaceChildren(head, word, ...[...operations.cloneNode(true).childNodes].filter((each) => each.nodeType === 1));
    tip.className = `tip ${state.className}-tip`;
    tip.hidden = false;
    marked = mark;
    place();
    mark.setAttribute("aria-describedby", "tip");
  };
  const place = () => {
    if (!marked) return;
    const box = marked.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const below = box.bottom + 6 + own.height < innerHeight || box.top < own.height + 6;
    tip.style.left = `${Math.max(12, Math.min(box.left + box.width / 2 - 40, innerWidth - own.width - 12))}px`;
    tip.style.top = `${below ? box.bottom + 6 : box.top - own.height - 6}px`;
  };
  const mark = (event) => event.target.closest?.(".line a");
  document.addEventListener("mouseover", (event) => {
    const over = mark(event);
    if (over) tell(over);
    else if (event.target.closest(".tip")) clearTimeout(leaving);
    else if (marked && marked !== document.activeElement) { clearTimeout(leaving); leaving = setTimeout(hide, 200); }
  });
  document.addEventListener("focusin", (event) => { const on = mark(event); if (on) tell(on); else hide(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", place, { passive: true });

  // Where a link leads, what is folded opens.
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
    if (target) target.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", open);
  if (location.hash.slice(1).match(/^[gmt]\d+$/)) open();

  // On paper everything is open.
  let folded = [];
  addEventListener("beforeprint", () => {
    hide();
    folded = [...document.querySelectorAll("details:not([open], .track *, .whole *)")];
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of folded) each.open = false; });
})();
