/* Asks what each photograph shows as soon as it is chosen: the words are sent together with the files. What is chosen
   or dropped later comes to what is there already. */
"use strict";

//: Bytes that are sent at once at most.
const LARGEST = 200_000_000;
const box = document.querySelector(".photographs");
const input = box?.querySelector("input[type=file]");
const chosen = [];

async function draw(canvas, file) {
  // What this browser cannot draw has its name below an empty box.
  const picture = await createImageBitmap(file, { resizeWidth: 480 }).catch(() => null);
  if (picture) {
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.getContext("2d").drawImage(picture, 0, 0);
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

function isSame(one, other) {
  return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
}

function add(files) {
  const left = [];
  for (const file of files) {
    if (chosen.some((other) => isSame(file, other))) {
      continue;
    }
    const size = chosen.reduce((sum, other) => sum + other.size, file.size);
    if (chosen.length < Number(input.dataset.most) && size <= LARGEST) {
      box.querySelector("ol").append(row(file, chosen.push(file) - 1));
    } else {
      left.push(file.name);
    }
  }
  const all = new DataTransfer();
  for (const file of chosen) {
    all.items.add(file);
  }
  input.files = all.files;
  box.querySelector(".drop [role=status]").textContent = left.length ? `${input.dataset.words} ${left.join(", ")}` : "";
}

if (input) {
  input.addEventListener("change", () => add([...input.files]));
  // Who comes back to the form finds the files there, and no event tells of them.
  window.addEventListener("pageshow", () => add([...input.files]));
  for (const name of ["dragover", "drop"]) {
    box.addEventListener(name, (event) => {
      if (event.dataTransfer.types.includes("Files")) {
        event.preventDefault();
      }
    });
  }
  box.addEventListener("drop", (event) => {
    add([...event.dataTransfer.files]);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
