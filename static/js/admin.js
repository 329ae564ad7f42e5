/* Gives each autocomplete the name of the field that it belongs to, for screen readers, shows photographs among
   its choices, and begins a new form in its first field. */
"use strict";

function nameAutocompletes() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = select.labels[0]?.textContent.trim().replace(/:$/, "") || select.getAttribute("aria-label");
    const field = select.parentElement;
    field.querySelector(".select2-search__field")?.setAttribute("aria-label", label);
    const shown = field.querySelector(".select2-selection--single .select2-selection__rendered");
    if (shown) {
      // Its name is all that is read of it: what has been chosen belongs to it.
      const name = shown.title ? `${label}: ${shown.title}` : label;
      shown.setAttribute("aria-label", name);
      shown.parentElement.setAttribute("aria-label", name);
      shown.parentElement.removeAttribute("aria-labelledby");
    }
    // What has been chosen stands in a list together with the button that empties it, which no list may hold.
    field.querySelector("ul.select2-selection__rendered")?.setAttribute("role", "none");
  }
}

// A photograph is chosen by what it looks like, beside its words.
function withPicture(choice) {
  if (!choice.thumb) {
    return choice.text;
  }
  const line = document.createElement("span");
  const picture = document.createElement("img");
  line.className = "choice-thumb";
  picture.src = choice.thumb;
  picture.alt = "";
  line.append(picture, choice.text);
  return line;
}
window.django?.jQuery?.fn.select2?.defaults.set("templateResult", withPicture);

// The fields are made, and made anew, by another script whenever a choice changes.
new MutationObserver(nameAutocompletes).observe(document.documentElement, { childList: true, subtree: true });
window.addEventListener("load", () => {
  nameAutocompletes();
  // What keeps a form from being saved is what to read first.
  const summary = document.querySelector("#error-summary");
  if (summary) {
    summary.tabIndex = -1;
    summary.focus();
    return;
  }
  // Django’s own script begins with the first thing that can be pressed, which is “Save”.
  if (document.activeElement?.matches(".submit-row input")) {
    document.querySelector(".change-form fieldset :is(input:not([type=hidden]), select, textarea)")?.focus();
  }
});
