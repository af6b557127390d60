/* inspect.js: an answer that cannot be sent is kept on this phone and sent when the connection is back, in order, once;
   the steps ahead lie in the page, so that a lost connection stops nobody. Without this file the page is a plain form.
   What is kept names neither the case nor a person: step, answer and note, under a key that only this person's page has. */
"use strict";

(() => {
  const place = document.querySelector("[data-inspection]");
  if (!place) return;
  const STORE = `npp.inspection.${place.dataset.inspection}`;
  const address = place.dataset.address;
  const live = place.querySelector("div[data-step]");
  const kept = place.querySelector("[data-kept]");
  const notKept = place.querySelector("[data-not-kept]");
  const AGAIN_MS = 10000;

  const element = (tag, text = "", classes = "") => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (classes) made.className = classes;
    return made;
  };
  const waiting = () => { try { return JSON.parse(localStorage.getItem(STORE)) || []; } catch (_) { return []; } };
  const remember = (answers) => {
    try {
      if (answers.length) localStorage.setItem(STORE, JSON.stringify(answers));
      else localStorage.removeItem(STORE);
      return true;
    } catch (_) { return false; }
  };
  const banner = (state, title, words) => {
    const made = element("div", "", `banner banner--${state}`);
    const line = element("p");
    line.append(element("strong", title), ` ${words}`);
    made.append(line);
    return made;
  };
  const show = () => {
    const count = waiting().length;
    kept.replaceChildren();
    if (!count) return;
    const title = count === 1 ? "1 answer is kept on this phone, not sent yet." : `${count} answers are kept on this phone, not sent yet.`;
    kept.append(banner("care", title, "They are sent by themselves when the connection is back. Go on meanwhile."));
  };

  /* ---- One answer to the server: "taken", "refused" with the page, "lost", or "out" when nobody is signed in. ---- */
  const post = async (data) => {
    let answer;
    try {
      answer = await fetch(address, { method: "POST", body: data, headers: { "X-Requested-With": "XMLHttpRequest" } });
    } catch (_) { return { how: "lost" }; }
    const there = new URL(answer.url).pathname;
    if (answer.status === 410 || (answer.ok && answer.redirected && there !== address)) return { how: "out", url: answer.url };
    if (answer.ok) return { how: "taken", url: answer.url };
    if (answer.status >= 500 || answer.status === 429) return { how: "lost" };
    return { how: "refused", page: await answer.text() };
  };
  const faultOf = (page) => {
    const read = new DOMParser().parseFromString(page, "text/html");
    const told = read.querySelector("#faults p");
    return told ? told.textContent : "It was not taken.";
  };

  /* ---- A step that lies ahead takes the place of this one. ---- */
  const goTo = (step) => {
    const ahead = place.querySelector(`template[data-step="${CSS.escape(step)}"]`);
    if (!ahead) return;
    live.dataset.step = step;
    live.replaceChildren(document.importNode(ahead.content, true));
    const token = document.querySelector("input[name=csrfmiddlewaretoken]");
    live.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => { if (token) field.value = token.value; });
    const heading = live.querySelector("h1");
    if (heading) { heading.tabIndex = -1; heading.focus(); }
  };
  const after = (step) => {
    const steps = [...place.querySelectorAll("template[data-step]")].map((one) => one.dataset.step);
    return steps[steps.indexOf(step) + 1] || "decide";
  };

  const keep = (data) => {
    const fields = [...data.entries()].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
    const had = data.get("photo") instanceof File && data.get("photo").size > 0;
    const step = data.get("step");
    const others = waiting().filter((one) => one.step !== step);
    if (!remember([...others, { step, fields }])) {
      notKept.replaceChildren(banner("harm", "This phone keeps nothing.", "Write the answer down and enter it when the connection is back."));
      return;
    }
    notKept.replaceChildren();
    if (had) notKept.append(banner("care", "The photo is not kept.", "Go back to this step when the connection is back, and take it again."));
    show();
    goTo(after(step));
  };

  /* ---- What waits is sent in the order it was answered; a repeated answer is the answer it was. ---- */
  let sending = false;
  const flush = async () => {
    if (sending || !waiting().length) return;
    sending = true;
    let last = "";
    while (waiting().length) {
      const first = waiting()[0];
      const data = new FormData();
      const token = document.querySelector("input[name=csrfmiddlewaretoken]");
      if (token) data.append("csrfmiddlewaretoken", token.value);
      first.fields.forEach(([name, value]) => data.append(name, value));
      const answer = await post(data);
      if (answer.how === "lost") break;
      if (answer.how === "out") {
        kept.replaceChildren(banner("care", "Your answers are kept on this phone.", "Sign in again, or open a new link, on this phone: they are sent then."));
        break;
      }
      remember(waiting().filter((one) => one.step !== first.step));
      last = first.step;
      if (answer.how === "refused") {
        const told = banner("harm", "An answer was not taken.", faultOf(answer.page));
        const again = element("a", "Answer it again");
        again.href = `${address}?step=${encodeURIComponent(first.step)}`;
        told.append(again);
        notKept.append(told);
      }
    }
    sending = false;
    if (last && !waiting().length && !notKept.childElementCount) window.location.assign(address);
    else if (!waiting().length) show();
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    if (form.action.endsWith("/logout/")) { remember([]); return; }
    if (!live.contains(form) || !form.querySelector("[name=step]") || form.querySelector("[name=step]").value === "decide") return;
    event.preventDefault();
    const data = new FormData(form);
    const button = event.submitter;
    if (button && button.name) data.append(button.name, button.value);
    if (waiting().length && !navigator.onLine) { delete form.dataset.sent; keep(data); return; }
    await flush();
    const answer = waiting().length ? { how: "lost" } : await post(data);
    delete form.dataset.sent;
    if (answer.how === "lost") { keep(data); return; }
    if (answer.how === "taken" || answer.how === "out") { window.location.assign(answer.url || address); return; }
    const read = new DOMParser().parseFromString(answer.page, "text/html");
    const page = read.querySelector("div[data-step]");
    if (!page) { window.location.assign(address); return; }
    live.replaceChildren(...document.importNode(page, true).childNodes);
    const faults = live.querySelector("#faults");
    if (faults) faults.focus();
  });

  /* ---- The square code read by the camera goes the way of one from a scanner. ---- */
  window.nppScan = {
    take(text) {
      const box = live.querySelector("#scan");
      if (!box) return;
      box.value = text;
      live.querySelector("[name=entry_method]").value = "camera";
      box.form.requestSubmit();
    },
  };

  window.addEventListener("online", flush);
  setInterval(flush, AGAIN_MS);
  show();
  flush();
})();
