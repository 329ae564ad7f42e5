/* Makes a passkey, or signs with one, and sends what comes of it as a field of the form. Without it the form stays hidden. */
"use strict";

const form = document.querySelector("form[data-passkey]");
const ways = { create: "parseCreationOptionsFromJSON", get: "parseRequestOptionsFromJSON" };
const parse = window.PublicKeyCredential?.[ways[form?.dataset.passkey]];

async function ask(event) {
  if (form.elements.credential.value) {
    return;
  }
  event.preventDefault();
  const publicKey = parse.call(PublicKeyCredential, JSON.parse(form.dataset.options));
  try {
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
  } catch {
    // Nobody touched the key, or it is another site’s: the form says so.
    form.elements.credential.value = "none";
  }
  form.requestSubmit();
}

if (form && parse) {
  form.hidden = false;
  document.getElementById("no-passkey")?.remove();
  form.addEventListener("submit", ask);
}
