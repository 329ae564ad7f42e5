/* Gives the search field inside each autocomplete the name of the field that it belongs to, for screen readers. */
"use strict";

function nameSearchFields() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = select.labels[0]?.textContent.trim().replace(/:$/, "") || select.getAttribute("aria-label");
    const field = select.parentElement.querySelector(".select2-search__field");
    if (label && field) {
      field.setAttribute("aria-label", label);
    }
  }
}

// The fields are made, and made anew, by another script whenever a choice changes.
new MutationObserver(nameSearchFields).observe(document.documentElement, { childList: true, subtree: true });
window.addEventListener("load", nameSearchFields);
