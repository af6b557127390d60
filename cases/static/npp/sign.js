/* sign.js: pressing Sign early leads to what is missing. The page works without it; the server decides. */
"use strict";

(() => {
  const form = document.querySelector("form[data-sign]");
  if (!form) return;
  const needed = [...form.querySelectorAll("[data-needed]")];
  const ticks = needed.filter((field) => field.type === "checkbox");
  const count = form.querySelector("[data-count]");
  const isOpen = (field) => (field.type === "checkbox" ? !field.checked : !field.value.trim());

  const mark = (field, shown) => {
    if (shown && isOpen(field)) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    const tick = field.closest(".tick");
    if (!tick) return;
    tick.classList.toggle("is-open", shown && isOpen(field));
    tick.querySelector("[data-open]").hidden = !(shown && isOpen(field));
  };

  const tell = () => {
    const open = ticks.filter(isOpen);
    const use = count.querySelector("use");
    count.querySelector("svg").setAttribute("class", `glyph glyph--s is-${open.length ? "care" : "good"}`);
    use.setAttribute("href", open.length ? "#g-care" : "#g-good");
    const numbers = open.map((field) => ticks.indexOf(field) + 1);
    const rest = open.length === 0 || open.length === ticks.length ? "" :
      open.length === 1 ? ` Statement ${numbers[0]} is open.` : ` Statements ${numbers.join(", ")} are open.`;
    count.lastChild.textContent = ` ${ticks.length - open.length} of ${ticks.length} ticked.${rest}`;
  };

  ticks.forEach((field) => field.addEventListener("change", () => { if (!isOpen(field)) mark(field, false); tell(); }));
  const line = form.querySelector("[data-mirror]");
  const name = form.querySelector("[data-mirrored]");
  if (line && name) name.addEventListener("input", () => { line.textContent = name.value || "\u00a0"; });

  form.addEventListener("submit", (event) => {
    const open = needed.filter(isOpen);
    needed.forEach((field) => mark(field, true));
    if (!open.length) return;
    event.preventDefault();
    event.stopPropagation();
    tell();
    open[0].focus();
    open[0].scrollIntoView({ block: "center" });
  });
})();
