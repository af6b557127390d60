/* house.js: conveniences only. Every page works without it; nothing here decides anything. */
"use strict";

(() => {
  const STORE = "npp.shortcuts";
  const typing = (node) => node instanceof HTMLElement && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));

  /* ---- What just happened gets the focus: refusals, error summaries, conflicts. ---- */
  const focusNews = (root) => {
    const news = root.querySelector("[data-focus]");
    if (news) news.focus({ preventScroll: false });
  };

  /* ---- One press, one effect: a second submit of the same form is held back while the first is under way. ---- */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-once")) return;
    if (form.dataset.sent === "yes") { event.preventDefault(); return; }
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-once]").forEach((form) => { delete form.dataset.sent; });
  });
  /* What a form keeps while it is typed goes with the form once that is sent: nothing is kept after it. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target instanceof Element && event.target.matches("form[data-sent=yes] [hx-post]")) event.preventDefault();
  });

  /* ---- A button that cannot act says why instead of acting. ---- */
  document.addEventListener("click", (event) => {
    const shut = event.target instanceof Element ? event.target.closest("[aria-disabled=true]") : null;
    if (!shut) return;
    event.preventDefault();
    event.stopPropagation();
    const reason = document.getElementById(shut.getAttribute("aria-describedby") || "");
    if (reason && reason !== shut && !shut.contains(reason)) { reason.tabIndex = -1; reason.focus(); }
  }, true);

  /* ---- Menus close on Escape and on a click elsewhere. ---- */
  const openMenus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    openMenus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  /* ---- A page that somebody keeps offers to be printed; without this file the browser's own menu does it. ---- */
  document.querySelectorAll("[data-print]").forEach((offer) => {
    offer.hidden = false;
    offer.addEventListener("click", () => window.print());
  });

  /* ---- Print shows what is folded away. ---- */
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open]):not([data-menu])")];
    folded.forEach((part) => { part.open = true; });
  });
  window.addEventListener("afterprint", () => { folded.forEach((part) => { part.open = false; }); });

  /* ---- Single-key shortcuts; they can be switched off (WCAG 2.1.4). ---- */
  const enabled = () => { try { return localStorage.getItem(STORE) !== "off"; } catch (_) { return true; } };
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const step = (by) => {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(document.activeElement);
    const next = list[Math.min(list.length - 1, Math.max(0, at === -1 ? (by > 0 ? 0 : list.length - 1) : at + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const press = (node) => { if (node) node.click(); };

  /* ---- The chosen row of a list shows its case in the pane beside it, where there is room for one. ---- */
  const choose = (link) => {
    const pane = document.getElementById("pane");
    const row = link.closest("li");
    if (!pane || !row || !window.htmx || pane.dataset.shows === link.dataset.preview) return;
    pane.hidden = false;
    if (!pane.offsetParent) return;
    row.parentElement.querySelectorAll(".is-selected").forEach((other) => {
      other.classList.remove("is-selected");
      other.removeAttribute("aria-current");
    });
    row.classList.add("is-selected");
    row.setAttribute("aria-current", "true");
    pane.dataset.shows = link.dataset.preview;
    window.htmx.ajax("GET", link.dataset.preview, { source: pane, target: pane, swap: "innerHTML" });
  };
  document.addEventListener("focusin", (event) => {
    if (event.target instanceof Element && event.target.matches("[data-preview]")) choose(event.target);
  });
  document.addEventListener("click", (event) => {
    const row = event.target instanceof Element && !event.target.closest("a, button") ? event.target.closest("li") : null;
    const link = row && row.querySelector("[data-preview]");
    if (link) link.focus({ preventScroll: true });
  });
  let waiting = "";

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      openMenus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
      const sheet = document.getElementById("all-keys");
      if (sheet && sheet.open) sheet.close();
      return;
    }
    if (!enabled() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const key = event.key;
    if (waiting === "g") {
      waiting = "";
      press(document.querySelector(`[data-go="${CSS.escape(key)}"]`));
      return;
    }
    if (key === "g") { waiting = "g"; return; }
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "/") {
      const find = document.querySelector("[data-search]");
      if (find && find.offsetParent) { event.preventDefault(); find.focus(); }
    } else if (key === "?") showKeys();
    else if (/^[a-z]$/.test(key)) press(document.querySelector(`[data-key="${key}"]:not([aria-disabled=true])`));
  });

  const showKeys = () => {
    let sheet = document.getElementById("all-keys");
    if (!sheet) {
      sheet = document.createElement("dialog");
      sheet.id = "all-keys";
      sheet.className = "sheet keysheet";
      sheet.setAttribute("aria-label", "All keys");
      const list = document.createElement("dl");
      list.className = "pairs sheet__body";
      const add = (keys, words) => {
        const term = document.createElement("dt");
        keys.split(" ").forEach((one) => { const k = document.createElement("kbd"); k.textContent = one; term.append(k, " "); });
        const text = document.createElement("dd");
        text.textContent = words;
        list.append(term, text);
      };
      add("j k", "next and previous row");
      add("Enter", "open the row");
      add("/", "search");
      document.querySelectorAll("[data-go]").forEach((link) => add(`g ${link.dataset.go}`, link.textContent.trim()));
      document.querySelectorAll("[data-key]").forEach((button) => {
        add(button.dataset.key, button.firstChild.textContent.trim());
      });
      add("?", "this list");
      add("Esc", "close");
      const close = document.createElement("button");
      close.type = "button";
      close.className = "btn";
      close.textContent = "Close the list";
      close.addEventListener("click", () => sheet.close());
      const foot = document.createElement("div");
      foot.className = "sheet__foot";
      foot.append(close);
      sheet.append(list, foot);
      document.body.append(sheet);
    }
    sheet.showModal();
  };

  /* ---- A day may be chosen in the browser's calendar instead of typed; the line of text stays what is sent. ---- */
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const offerCalendars = (root) => root.querySelectorAll("input[data-day]").forEach((field) => {
    const picker = document.createElement("input");
    if (!picker.showPicker || field.dataset.offered) return;
    field.dataset.offered = "yes";
    picker.type = field.dataset.day === "day" ? "date" : "datetime-local";
    picker.className = "picker";
    picker.tabIndex = -1;
    picker.setAttribute("aria-hidden", "true");
    picker.addEventListener("change", () => {
      const [on, at] = picker.value.split("T");
      const [year, month, day] = on.split("-");
      if (day) field.value = `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}${at ? ` ${at.slice(0, 5)}` : ""}`;
      field.focus();
    });
    const open = document.createElement("button");
    open.type = "button";
    open.className = "btn";
    open.textContent = "Calendar";
    const label = field.labels && field.labels[0];
    if (label) {
      label.id = label.id || `${field.id}-label`;
      open.setAttribute("aria-describedby", label.id);
    }
    open.addEventListener("click", () => picker.showPicker());
    field.after(" ", open, picker);
  });

  /* ---- A list of steps is narrowed by words; without script it is simply whole. ---- */
  const offerNarrowing = () => document.querySelectorAll("[data-narrows]").forEach((field) => {
    const list = document.getElementById(field.dataset.narrows);
    const none = document.getElementById(`${field.dataset.narrows}-none`);
    field.parentElement.hidden = false;
    field.addEventListener("input", () => {
      const asked = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let found = 0;
      list.querySelectorAll("section").forEach((group) => {
        let shown = 0;
        group.querySelectorAll("li").forEach((entry) => {
          entry.hidden = !asked.every((word) => entry.textContent.toLowerCase().includes(word));
          shown += entry.hidden ? 0 : 1;
        });
        group.hidden = !shown;
        found += shown;
      });
      none.hidden = found > 0;
    });
  });

  const drawSwitch = () => {
    const button = document.querySelector("[data-keys-switch]");
    if (!button) return;
    const on = enabled();
    button.hidden = false;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Switch shortcuts off" : "Switch shortcuts on";
    document.querySelector("[data-keys]").classList.toggle("is-off", !on);
  };

  document.addEventListener("DOMContentLoaded", () => {
    focusNews(document);
    drawSwitch();
    offerCalendars(document);
    offerNarrowing();
    const first = document.querySelector("li.is-selected [data-preview]");
    if (first) choose(first);
    const button = document.querySelector("[data-keys-switch]");
    if (button) {
      button.addEventListener("click", () => {
        try { localStorage.setItem(STORE, enabled() ? "off" : "on"); } catch (_) { /* private mode: stays for this page */ }
        drawSwitch();
      });
    }
  });
  /* ---- A partial update that failed is said, in words and to screen readers; nothing fails silently. ---- */
  const tell = (title, text) => {
    const region = document.getElementById("messages");
    if (!region) return;
    const banner = document.createElement("div");
    banner.className = "banner banner--harm";
    const line = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = title;
    line.append(strong, ` ${text}`);
    banner.append(line);
    region.replaceChildren(banner);
  };
  document.addEventListener("htmx:responseError", (event) => {
    const number = event.detail.xhr.getResponseHeader("X-Request-ID");
    tell("This was not done. Nothing changed.", `Load the page again and try once more.${number ? ` If it fails again, give the administrator the number ${number}.` : ""}`);
  });
  document.addEventListener("htmx:sendError", () => {
    tell("The connection was lost. It is not known whether this was done.", "Load the page again: it shows how things stand.");
  });
  document.addEventListener("htmx:afterSwap", (event) => focusNews(event.detail.target));
})();
