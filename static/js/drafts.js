/* Keeps what is typed on the server every half minute, warns before it would be lost, and lets Enter save nothing. */
"use strict";

const PERIOD = 30_000;
const state = document.querySelector("#kept span");
const form = state?.closest("form");
let isDirty = false;
let isWaiting = false;
let isSent = false;

// What is chosen and not sent cannot be kept: a page may not hold a file.
function hasFiles() {
  return [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
}

async function keep() {
  const data = new FormData(form);
  for (const [name, value] of [...data]) {
    if (value instanceof File) {
      data.delete(name);
    }
  }
  data.set("_path", location.pathname);
  const response = await fetch(state.dataset.url, { method: "POST", body: data }).catch(() => null);
  if (response?.ok && !response.redirected) {
    isDirty = false;
    const { words } = await response.json();
    state.textContent = hasFiles() ? `${words} ${state.dataset.files}` : words;
  }
}

function touch() {
  isDirty = true;
  if (!isWaiting) {
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      if (isDirty && document.contains(form)) {
        keep();
      }
    }, PERIOD);
  }
}

if (form) {
  form.addEventListener("input", touch);
  form.addEventListener("change", touch);
  form.addEventListener("submit", () => {
    isDirty = false;
    isSent = true;
  });
  // Who comes back to the page has not sent it again.
  window.addEventListener("pageshow", () => {
    isSent = false;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input:not([type=submit], [type=file], [type=checkbox], [type=radio])")) {
      event.preventDefault();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty || (hasFiles() && !isSent)) {
      event.preventDefault();
    }
  });
}
