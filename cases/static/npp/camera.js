/* camera.js: reads the square code with the device's camera; decoder and pictures stay on the device. */
"use strict";

(() => {
  const panel = document.querySelector("[data-camera]");
  if (!panel || !navigator.mediaDevices || !window.WebAssembly || !window.ZXingWASM) return;
  const open = panel.querySelector("[data-camera-open]");
  const stop = panel.querySelector("[data-camera-stop]");
  const video = panel.querySelector("video");
  const told = panel.querySelector("[data-camera-told]");
  const canvas = document.createElement("canvas");
  let stream = null;
  panel.hidden = false;

  window.ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => panel.dataset.wasm } });

  const tell = (words) => { told.textContent = words; };
  const end = (words) => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
    stop.hidden = true;
    open.hidden = false;
    tell(words);
  };

  const look = async () => {
    if (!stream) return;
    if (video.videoWidth) {
      const scale = Math.min(1, 1280 / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      const drawing = canvas.getContext("2d", { willReadFrequently: true });
      drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = drawing.getImageData(0, 0, canvas.width, canvas.height);
      const found = await window.ZXingWASM.readBarcodes(picture, { formats: ["DataMatrix"], tryHarder: true, maxNumberOfSymbols: 1 });
      if (found.length && found[0].isValid) {
        // Bytes, not text: the separator must arrive as it is printed.
        const symbology = found[0].contentType === "GS1" ? "]d2" : found[0].symbologyIdentifier;
        const text = symbology + String.fromCharCode(...found[0].bytes);
        end("Read by the camera.");
        window.nppScan.take(text);
        return;
      }
    }
    setTimeout(() => { look().catch(() => end(panel.dataset.failed)); }, 150);
  };

  open.addEventListener("click", async () => {
    try {
      tell("Starting the camera.");
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
      video.srcObject = stream;
      video.hidden = false;
      open.hidden = true;
      stop.hidden = false;
      await video.play();
      tell("Hold the square code into the picture, 10 to 20 cm away.");
      await look();
    } catch (fault) {
      end(fault && fault.name === "NotAllowedError" ? panel.dataset.refused : panel.dataset.failed);
    }
  });
  stop.addEventListener("click", () => end(""));
})();
