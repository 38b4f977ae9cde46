// Enhancement only: every page and every form works without this.
"use strict";

// A filter that is chosen applies itself; the button stays for those without scripts.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form.filters");
  if (form && form.method === "get" && event.target.matches("select, input[type=date]")) form.requestSubmit();
});

// A form that is sent twice by a double click is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// The slash goes to the search box, as on many sites; g then m, f, v ... would surprise screen readers, so not here.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.getElementById("search");
  if (search) { event.preventDefault(); search.focus(); }
});
