/* photos.js: photos that wait on this phone for the connection, in IndexedDB, under a key that names nobody.
   The picture alone is kept: neither its file's name nor its date. Where the browser keeps nothing, `put` says so. */
"use strict";

(() => {
  const STORE = "photos";
  const opened = () => new Promise((done, failed) => {
    if (!window.indexedDB) { failed(new Error("This browser keeps nothing.")); return; }
    const asked = indexedDB.open("npp", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
    asked.onblocked = () => failed(new Error("Another page holds it."));
  });
  const within = async (mode, act) => {
    const base = await opened();
    try {
      return await new Promise((done, failed) => {
        const deed = base.transaction(STORE, mode);
        const asked = act(deed.objectStore(STORE));
        deed.oncomplete = () => done(asked ? asked.result : undefined);
        deed.onerror = deed.onabort = () => failed(deed.error || new Error("It was not kept."));
      });
    } finally { base.close(); }
  };

  window.nppPhotos = {
    async put(key, file) {
      const octets = await file.arrayBuffer();
      await within("readwrite", (store) => store.put({ octets, type: file.type }, key));
    },
    async get(key) {
      const kept = await within("readonly", (store) => store.get(key));
      return kept ? new File([kept.octets], kept.type === "image/png" ? "photo.png" : "photo.jpg", { type: kept.type }) : null;
    },
    remove(key) { return within("readwrite", (store) => store.delete(key)); },
    clear() { return within("readwrite", (store) => store.clear()); },
  };
})();
