/* scan.js: keeps the scan box ready, understands what wedge scanners press, speaks the verdict. The server reads and
   compares; without this file the page works as a plain form. */
"use strict";

(() => {
  const form = document.querySelector("form[data-scan]");
  if (!form) return;
  const box = form.querySelector("[data-scan-box]");
  const method = form.querySelector("[name=entry_method]");
  const GS = "\u001d";
  // Slower than this between two keys is a hand, not a scanner.
  const BURST_MS = 100;

  const insert = (text) => {
    const start = box.selectionStart ?? box.value.length;
    box.setRangeText(text, start, box.selectionEnd ?? start, "end");
  };

  /* ---- The box is ready whenever nothing else is being used. ---- */
  const ready = () => {
    const active = document.activeElement;
    if (!active || active === document.body || active.id === "main") box.focus({ preventScroll: true });
  };
  ready();
  window.addEventListener("focus", ready);
  document.addEventListener("click", () => setTimeout(ready));
  // A scan that begins while the focus is on a heading or a link still belongs into the box.
  document.addEventListener("keydown", (event) => {
    const node = event.target;
    const elsewhere = node instanceof Element && !node.closest("input, textarea, select, button, a, summary, [contenteditable]");
    if (elsewhere && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) box.focus();
  }, true);

  /* ---- Keys: the separator in its costumes; Enter or a quick Tab ends a scan. ---- */
  let last = 0;
  let code = "";
  box.addEventListener("keydown", (event) => {
    const now = performance.now();
    const quick = now - last < BURST_MS;
    last = now;
    if ((event.ctrlKey && (event.key === "]" || event.code === "BracketRight")) || event.key === "F8" || event.key === "GroupSeparator") {
      event.preventDefault();
      insert(GS);
      return;
    }
    if (event.altKey && /^[0-9]$/.test(event.key)) {
      event.preventDefault();
      code += event.key;
      return;
    }
    if (event.key === "Tab" && quick && box.value) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  box.addEventListener("keyup", (event) => {
    if (event.key !== "Alt" || !code) return;
    if (Number(code) === 29) insert(GS);
    else if (Number(code) > 31 && Number(code) < 127) insert(String.fromCharCode(Number(code)));
    code = "";
  });

  /* ---- Sound beside colour and words: high for yes, low twice for no, middle for wait. ---- */
  const TONES = { good: [[988, 0]], hold: [[523, 0]], harm: [[196, 0], [196, 0.22]] };
  let audio;
  const say = (verdict) => {
    const Context = window.AudioContext;
    if (!Context || !TONES[verdict]) return;
    audio = audio || new Context();
    for (const [pitch, after] of TONES[verdict]) {
      const tone = audio.createOscillator();
      const loud = audio.createGain();
      loud.gain.value = 0.2;
      tone.frequency.value = pitch;
      tone.connect(loud).connect(audio.destination);
      tone.start(audio.currentTime + after);
      tone.stop(audio.currentTime + after + 0.14);
    }
    document.documentElement.dataset.told = verdict;
  };

  /* ---- Without leaving the page, so that the next pack can be scanned at once. ---- */
  let under = Promise.resolve();
  const send = async (data) => {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-Fragment": "yes" } });
    const place = document.getElementById("scan-answer");
    if (!answer.headers.get("X-Fragment")) { window.location.reload(); return; }
    place.innerHTML = await answer.text();
    const told = place.querySelector("[data-verdict]");
    if (told) say(told.dataset.verdict);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form);
    form.reset();
    method.value = "scanner";
    // Scans may come faster than answers: one after the other, in order, none lost.
    under = under.then(() => send(data)).catch(() => {
      document.getElementById("scan-answer").querySelector("[data-offline]").hidden = false;
      say("harm");
    });
    box.focus();
  });

  /* ---- For the camera's script. ---- */
  window.nppScan = {
    take(text) { box.value = text; method.value = "camera"; form.requestSubmit(); },
  };
})();
