/* Asks what each photograph shows as soon as it is chosen: the words are sent together with the files. */
"use strict";

const box = document.querySelector(".photographs");
const chosen = [];

async function draw(canvas, file) {
  // What this browser cannot draw has its name all the same.
  const picture = await createImageBitmap(file, { resizeWidth: 480 }).catch(() => null);
  if (picture) {
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.getContext("2d").drawImage(picture, 0, 0);
  } else {
    canvas.hidden = true;
  }
}

function row(file, number) {
  const line = box.querySelector("template").content.firstElementChild.cloneNode(true);
  for (const element of line.querySelectorAll("[name], [id], [for]")) {
    for (const attribute of ["name", "id", "for"]) {
      const value = element.getAttribute(attribute);
      if (value) {
        element.setAttribute(attribute, value.replace("__number__", number));
      }
    }
  }
  line.querySelector(".name").textContent = file.name;
  draw(line.querySelector("canvas"), file);
  return line;
}

box?.querySelector("input[type=file]").addEventListener("change", (event) => {
  for (const line of chosen.splice(0)) {
    line.remove();
  }
  chosen.push(...[...event.target.files].map(row));
  box.querySelector("ol").append(...chosen);
});
