"use strict";
// Maakt van de grafiek een PNG, in de browser van de bezoeker. Zonder script, of van een schijf geopend, is er de SVG.
(() => {
  const link = document.querySelector("a[data-beeld]");
  if (!link || location.protocol === "file:") return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "grafiek (PNG)";
  button.addEventListener("click", async () => {
    const image = new Image();
    image.src = link.href;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth * 3, image.naturalHeight * 3];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => {
      const file = document.createElement("a");
      file.href = URL.createObjectURL(blob);
      file.download = link.download.replace(/svg$/, "png");
      file.click();
      URL.revokeObjectURL(file.href);
    });
  });
  link.after(" ", button);
})();
