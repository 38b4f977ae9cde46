// Comfort only: without this script every figure still leads to its record at the end of the page.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  // Evidence drawer: a copy of the record, with its SQL, in a dialog that holds the focus and closes with Escape.
  const drawer = document.querySelector("dialog.drawer");
  const body = drawer.querySelector(".body");
  const order = all(".record article").map((record) => record.id);
  let shown = "";

  const copyOf = (record) => {
    const copy = record.cloneNode(true);
    copy.removeAttribute("id");
    copy.removeAttribute("tabindex");
    return copy;
  };
  const sqlOf = (record) => all("[data-query]", record).map((link) => {
    const query = document.getElementById(link.dataset.query);
    const text = make("pre", { tabindex: "0" }, query.textContent);
    return make("details", {}, make("summary", {}, `SQL ${link.dataset.query}`), text);
  });
  const show = (id) => {
    const record = document.getElementById(id);
    if (!record || !order.includes(id)) return false;
    const copy = copyOf(record);
    copy.querySelector(".sql")?.remove();
    copy.append(...sqlOf(record));
    body.replaceChildren(copy);
    body.scrollTop = 0;
    drawer.querySelector("#drawer-title").textContent = id;
    shown = id;
    if (!drawer.open) drawer.showModal();
    history.replaceState(null, "", `#${id}`);
    return true;
  };
  const step = (by) => show(order[(order.indexOf(shown) + by + order.length) % order.length]);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const to = link?.getAttribute("href") ?? link?.getAttribute("xlink:href") ?? "";
    if (to.startsWith("#E-") && show(to.slice(1))) event.preventDefault();
    else if (to.length > 1 && to.startsWith("#")) reveal(to.slice(1));
  });
  drawer.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (event.target === drawer || button?.hasAttribute("data-close")) drawer.close();
    else if (button?.dataset.step) step(Number(button.dataset.step));
  });
  drawer.addEventListener("keydown", (event) => {
    if (event.target.closest("pre")) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      step(event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
    }
  });
  drawer.addEventListener("close", () => history.replaceState(null, "", location.pathname + location.search));

  const reveal = (id) => {
    for (let node = document.getElementById(id); node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    document.getElementById(id)?.querySelector(":scope > details")?.setAttribute("open", "");
  };
  const arrive = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    if (id && !show(id)) {
      reveal(id);
      document.getElementById(id)?.scrollIntoView({ behavior: "instant" });
    }
  };
  window.addEventListener("hashchange", arrive);
  arrive();

  const OUTCOMES = ["failed", "errored", "inconclusive", "passed", "reported", "not applicable"];

  // Tables: sort by a column, filter by words and by outcome.
  const numeric = (text) => {
    const found = text.replaceAll(",", "").replace("\u2212", "-").match(/^[<>[]?\s*(-?\d+(\.\d+)?)/);
    return found ? Number(found[1]) : NaN;
  };
  const compare = (a, b) => {
    const [x, y] = [numeric(a), numeric(b)];
    if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
    if (!a || !b) return a ? -1 : b ? 1 : 0;
    return a.localeCompare(b, "en", { numeric: true });
  };
  const sort = (table, column, header) => {
    const down = header.getAttribute("aria-sort") === "ascending";
    const rows = [...table.tBodies[0].rows];
    const text = (row) => row.cells[column].textContent.trim();
    rows.sort((a, b) => (down ? compare(text(b), text(a)) : compare(text(a), text(b))));
    table.tBodies[0].append(...rows);
    for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
  };
  const withSorting = (table) => {
    for (const header of table.tHead.rows[0].cells) {
      if (!header.textContent.trim()) continue;
      const button = make("button", { type: "button" }, ...header.childNodes);
      button.addEventListener("click", () => sort(table, header.cellIndex, header));
      header.append(button);
    }
  };
  const withFilter = (figure, table) => {
    const rows = [...table.tBodies[0].rows];
    const words = make("input", { type: "search", placeholder: "Filter by words", "aria-label": "Filter rows by words" });
    const kinds = OUTCOMES.filter((kind) => rows.some((row) => row.querySelector(".chip")?.textContent.trim() === kind));
    const tally = make("span", { class: "tally", role: "status" });
    const chosen = new Set();
    const apply = () => {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        const outcome = row.querySelector(".chip")?.textContent.trim();
        row.hidden = !(wanted.every((word) => text.includes(word)) && (!chosen.size || chosen.has(outcome)));
        left += row.hidden ? 0 : 1;
      }
      tally.textContent = `${left} of ${rows.length} rows`;
    };
    const buttons = kinds.map((kind) => {
      const count = rows.filter((row) => row.querySelector(".chip")?.textContent.trim() === kind).length;
      const button = make("button", { type: "button", "aria-pressed": "false" }, `${kind} ${count}`);
      button.addEventListener("click", () => {
        chosen.has(kind) ? chosen.delete(kind) : chosen.add(kind);
        button.setAttribute("aria-pressed", String(chosen.has(kind)));
        apply();
      });
      return button;
    });
    words.addEventListener("input", apply);
    figure.querySelector(".scroll").before(make("div", { class: "filter" }, words, ...buttons, tally));
    apply();
  };
  for (const figure of all("figure.sortable")) {
    const table = figure.querySelector("table");
    withSorting(table);
    if (table.tBodies[0].rows.length > 20) withFilter(figure, table);
  }

  // Charts: the words of a mark beside the pointer.
  const tip = document.querySelector(".tip");
  for (const chart of all("figure.chart svg")) {
    chart.addEventListener("mousemove", (event) => {
      const says = event.target.closest("[aria-roledescription][aria-label]")?.getAttribute("aria-label");
      tip.hidden = !says;
      if (!says) return;
      tip.textContent = says;
      const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
      tip.style.left = `${Math.max(left, 8)}px`;
      tip.style.top = `${event.clientY + 18}px`;
    });
    chart.addEventListener("mouseleave", () => { tip.hidden = true; });
  }

  // Contents: mark the section that is being read; on a narrow page start closed.
  const links = new Map(all("nav.contents a").map((link) => [link.getAttribute("href").slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const link = links.get(entry.target.id);
      if (!link || !entry.isIntersecting) continue;
      for (const other of links.values()) other.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      link.closest("ol ol")?.parentElement.querySelector("a").setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-12% 0px -80% 0px" });
  for (const section of all("main section[id], main > header[id]")) seen.observe(section);
  if (matchMedia("(max-width: 68rem)").matches) document.querySelector("nav.contents details").open = false;

  // Paper: nothing folded away but the records, which the print style leaves out.
  window.addEventListener("beforeprint", () => {
    for (const folded of all("main details:not(.record):not(.query)")) folded.open = true;
  });
})();
