/* Says while a date or number is typed what it is read as, and offers the readings to choose from. */
"use strict";

const PAUSE = 300;
const waiting = new WeakMap();

async function read(box, input) {
  const query = new URLSearchParams({ kind: box.dataset.kind, name: input.name, text: input.value });
  const response = await fetch(`${box.dataset.url}?${query}`).catch(() => null);
  // Signed out meanwhile, or typed on: what stands there is no longer about this text.
  if (response?.ok && !response.redirected && query.get("text") === input.value) {
    box.querySelector(".reading").innerHTML = await response.text();
  }
}

// Rows of a form are added by another script: the page listens for all of them.
document.addEventListener("input", (event) => {
  const box = event.target.closest(".reads");
  if (box && event.target.parentElement === box) {
    clearTimeout(waiting.get(box));
    waiting.set(box, setTimeout(read, PAUSE, box, event.target));
  }
});
