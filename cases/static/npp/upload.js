/* upload.js: what was chosen is shown before it is sent, progress while it is sent, and a lost connection loses
   nothing: the same form is sent again, and the server knows it by its key. Without this file the form works too. */
"use strict";

(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const part = (name) => form.querySelector(`[data-${name}]`);
  const input = form.querySelector("input[type=file]");
  const [shots, sending, told, again] = ["shots", "sending", "told", "again"].map(part);
  const answer = document.querySelector("[data-answer]");
  const bar = sending.querySelector("progress");
  const limit = Number(form.dataset.limit);
  const RETRY = [3000, 8000, 20000, 60000];
  const element = (tag, text = "", classes = "") => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (classes) made.className = classes;
    return made;
  };
  const megabytes = (octets) => (octets < 1e6 ? `${Math.max(1, Math.round(octets / 1e3))} kB` : `${(octets / 1e6).toFixed(1)} MB`);
  const say = (words) => { told.hidden = !words; told.textContent = words; };

  /* ---- What was chosen ---- */
  const draw = async (file, canvas) => {
    if (!/^image\/(jpeg|png)$/.test(file.type) || !window.createImageBitmap) return;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
      const [wide, high] = [picture.width * scale, picture.height * scale];
      canvas.getContext("2d").drawImage(picture, (canvas.width - wide) / 2, (canvas.height - high) / 2, wide, high);
      picture.close();
    } catch (_) { /* the server says what is wrong with it */ }
  };
  const show = () => {
    const files = [...input.files];
    shots.replaceChildren(...files.map((file, index) => {
      const shot = element("div", "", "shot");
      const canvas = element("canvas", "", "page-thumb");
      [canvas.width, canvas.height] = [144, 192];
      canvas.setAttribute("aria-hidden", "true");
      const about = element("div");
      about.append(element("b", files.length > 1 ? `Page ${index + 1}` : "To be sent"), element("p", file.name), element("p", megabytes(file.size), "quiet"));
      shot.append(canvas, about);
      draw(file, canvas);
      return shot;
    }));
    shots.hidden = files.length === 0;
    const size = files.reduce((sum, file) => sum + file.size, 0);
    say(size > limit ? `${files.length > 1 ? "Together they have" : "It has"} ${megabytes(size)}; ${Math.round(limit / 1048576)} MB are taken. Scan it at 300 dpi in grey, or send it in parts.` : "");
  };
  input.addEventListener("change", show);
  window.addEventListener("pageshow", show);

  /* ---- Sending, and sending again ---- */
  let tries = 0;
  let timer = 0;
  const finish = () => { delete form.dataset.sent; sending.hidden = true; input.disabled = false; };

  const refused = (page) => {
    const read = new DOMParser().parseFromString(page, "text/html");
    const faults = read.querySelector("#faults");
    const title = read.querySelector("h1");
    answer.replaceChildren(faults ? document.importNode(faults, true) : element("p", title ? title.textContent : "It was not taken."));
    const offered = read.querySelector("[data-again]");
    if (offered) again.replaceChildren(...[...document.importNode(offered, true).childNodes]);
    say("");
    finish();
    const news = answer.firstElementChild;
    news.tabIndex = -1;
    news.focus();
  };

  const lost = (body) => {
    const wait = RETRY[Math.min(tries, RETRY.length - 1)];
    tries += 1;
    say("Connection lost. Nothing is lost. It is sent again by itself when you are back online; nothing is stored twice.");
    const go = () => { window.removeEventListener("online", go); clearTimeout(timer); send(body); };
    window.addEventListener("online", go);
    timer = setTimeout(go, wait);
  };

  const send = (body) => {
    const call = new XMLHttpRequest();
    call.open("POST", form.action);
    call.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    call.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const share = Math.floor((100 * event.loaded) / event.total);
      bar.value = share;
      bar.textContent = `${share} %`;
      say(share < 100 ? `${megabytes(event.loaded)} of ${megabytes(event.total)}, ${share} %` : "Sent. It is being looked at.");
    });
    call.addEventListener("load", () => {
      if (call.status === 201) { window.location.assign(call.getResponseHeader("Location")); return; }
      if (call.status === 200) { window.location.assign(call.responseURL); return; }   /* signed out meanwhile */
      refused(call.responseText);
    });
    call.addEventListener("error", () => lost(body));
    call.addEventListener("timeout", () => lost(body));
    sending.hidden = false;
    call.send(body);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.sent === "yes") return;
    form.dataset.sent = "yes";
    answer.replaceChildren();
    tries = 0;
    send(new FormData(form));
  });
})();
