/* inspect.js: an answer that cannot be sent is kept on this phone, its photo too, and sent when the connection is back, in
   order, once; the steps ahead lie in the page, so that a lost connection stops nobody. Without this file the page is a
   plain form. What is kept names neither the case nor a person: step, answer, note and picture, under a key that only this
   person's page has. */
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
    const column = element("div", "", "stack stack--tight");
    const line = element("p");
    line.append(element("strong", title), ` ${words}`);
    column.append(line);
    made.append(column);
    return made;
  };
  const photoKey = (step) => `${STORE}.${step}`;
  const size = (octets) => (octets < 1e6 ? `${Math.max(1, Math.round(octets / 1e3))} kB` : `${(octets / 1e6).toFixed(1)} MB`);
  /* The arrival comes first: while it was refused, what was answered after it waits for it. */
  const refusedArrival = () => waiting().find((one) => one.step === "arrive" && one.fault);
  const show = () => {
    const answers = waiting();
    kept.replaceChildren();
    if (!answers.length) return;
    const count = answers.length;
    const title = count === 1 ? "1 answer is kept on this phone, not sent yet." : `${count} answers are kept on this phone, not sent yet.`;
    const held = refusedArrival();
    const made = held
      ? banner("harm", title, `The arrival was not taken: ${held.fault} The others wait for it.`)
      : banner("care", title, "They are sent by themselves when the connection is back. Go on meanwhile.");
    const list = element("ol");
    answers.forEach((one) => list.append(element("li", one.photo ? `${one.title}, with a photo (${size(one.photo)})` : one.title)));
    made.firstElementChild.append(list);
    if (held) {
      const again = element("a", "Record the arrival again");
      again.href = address;
      made.firstElementChild.append(again);
    }
    kept.append(made);
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
  const read = (page) => new DOMParser().parseFromString(page, "text/html");
  const faultOf = (page) => {
    const told = read(page).querySelector("#faults p");
    return told ? told.textContent : "It was not taken.";
  };
  /* Whether the server still asks for the arrival; somebody else may have recorded it meanwhile. */
  const asksArrival = (page) => Boolean(read(page).querySelector('div[data-step="arrive"]'));

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

  /* The photo first: an answer is never said to have one that this phone does not hold. */
  const keep = async (data) => {
    const fields = [...data.entries()].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
    const step = data.get("step");
    const picture = data.get("photo");
    const before = waiting().find((one) => one.step === step);
    let photo = before ? before.photo : 0;
    notKept.replaceChildren();
    if (picture instanceof File && picture.size) {
      try {
        await window.nppPhotos.put(photoKey(step), picture);
        photo = picture.size;
      } catch (_) {
        notKept.append(banner("care", "The photo is not kept: this phone has no room for it.", "Go back to this step when the connection is back, and take it again."));
      }
    }
    const heading = live.querySelector("h1");
    const entry = { step, title: heading ? heading.textContent : step, fields, photo };
    const others = waiting().filter((one) => one.step !== step);
    /* An arrival that is told anew goes before what was answered after it. */
    if (!remember(step === "arrive" ? [entry, ...others] : [...others, entry])) {
      notKept.replaceChildren(banner("harm", "This phone keeps nothing.", "Write the answer down and enter it when the connection is back."));
      return;
    }
    show();
    goTo(after(step));
  };
  const forget = async (step) => {
    remember(waiting().filter((one) => one.step !== step));
    try { await window.nppPhotos.remove(photoKey(step)); } catch (_) { /* it kept none */ }
    show();
  };

  /* ---- What waits is sent in the order it was answered; a repeated answer is the answer it was. ---- */
  let sending = false;
  const flush = async () => {
    if (sending || !waiting().length) return;
    sending = true;
    let last = "";
    while (waiting().length && !refusedArrival()) {
      const first = waiting()[0];
      const data = new FormData();
      const token = document.querySelector("input[name=csrfmiddlewaretoken]");
      if (token) data.append("csrfmiddlewaretoken", token.value);
      first.fields.forEach(([name, value]) => data.append(name, value));
      if (first.photo) {
        try {
          const picture = await window.nppPhotos.get(photoKey(first.step));
          if (picture) data.append("photo", picture);
        } catch (_) { /* the answer goes without it, and the step shows that it has none */ }
      }
      const answer = await post(data);
      if (answer.how === "lost") break;
      if (answer.how === "out") {
        kept.replaceChildren(banner("care", "Your answers are kept on this phone.", "Sign in again, or open a new link, on this phone: they are sent then."));
        break;
      }
      if (answer.how === "refused" && first.step === "arrive" && asksArrival(answer.page)) {
        remember(waiting().map((one) => (one.step === "arrive" ? { ...one, fault: faultOf(answer.page) } : one)));
        show();
        break;
      }
      await forget(first.step);
      last = first.step;
      if (answer.how === "refused") {
        const told = banner("harm", "An answer was not taken.", faultOf(answer.page));
        const again = element("a", "Answer it again");
        again.href = `${address}?step=${encodeURIComponent(first.step)}`;
        told.firstElementChild.append(again);
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
    if (form.action.endsWith("/logout/")) { remember([]); window.nppPhotos.clear().catch(() => {}); return; }
    if (!live.contains(form) || !form.querySelector("[name=step]") || form.querySelector("[name=step]").value === "decide") return;
    event.preventDefault();
    const data = new FormData(form);
    const button = event.submitter;
    if (button && button.name) data.append(button.name, button.value);
    if (waiting().length && !navigator.onLine) { delete form.dataset.sent; await keep(data); return; }
    const again = data.get("step") === "arrive";
    if (!again) await flush();
    const answer = waiting().length && !again ? { how: "lost" } : await post(data);
    delete form.dataset.sent;
    if (answer.how === "lost") { await keep(data); return; }
    if (answer.how === "taken" && again) {
      await forget("arrive");
      await flush();
    }
    if (answer.how === "taken" || answer.how === "out") { window.location.assign(answer.url || address); return; }
    const page = read(answer.page).querySelector("div[data-step]");
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
