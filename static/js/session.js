/* Says in time that the session is about to end, and lets it be renewed without leaving the form. */
"use strict";

const box = document.getElementById("session");
const WARNED_AHEAD = 5 * 60;
let timer;

function show(name) {
  box.replaceChildren(...(name ? [document.getElementById(`session-${name}`).content.cloneNode(true)] : []));
}

async function ask(options) {
  const answer = await fetch(box.dataset.url, options);
  return (await answer.json()).seconds;
}

function look(seconds) {
  clearTimeout(timer);
  if (seconds > WARNED_AHEAD) {
    timer = setTimeout(check, (seconds - WARNED_AHEAD) * 1000);
  } else if (seconds > 0) {
    show("ends");
    timer = setTimeout(check, (seconds + 1) * 1000);
  } else {
    show("ended");
  }
}

// Another window may have renewed the session since, or ended it.
async function check() {
  try {
    const seconds = await ask();
    if (seconds > WARNED_AHEAD) {
      show();
    }
    look(seconds);
  } catch {
    timer = setTimeout(check, 60_000);
  }
}

box.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const seconds = await ask({ method: "POST", body: new FormData(event.target) });
    look(seconds);
    if (seconds) {
      show("stays");
      setTimeout(() => show(), 10_000);
    }
  } catch {
    show("ends");
  }
});

look(Number(box.dataset.seconds));
