// Improvements only: every page works without them.

// A second press while the answer is on its way would send the form twice; the server copes with
// that, but the person should not have to wonder. Nothing is disabled, so names and values of
// pressed buttons are sent, and going back to the page (bfcache) finds it fresh.
const sent = new Set();

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (sent.has(event.target)) {
    event.preventDefault();
    return;
  }
  sent.add(event.target);
  event.submitter?.setAttribute("aria-busy", "true");
  // An answer that never comes (lost connection) must not leave the form dead.
  setTimeout(() => release(event.target), 10_000);
});

addEventListener("pageshow", () => [...sent].forEach(release));

function release(form) {
  sent.delete(form);
  for (const button of document.querySelectorAll("[aria-busy]"))
    button.removeAttribute("aria-busy");
}

// Browsers without `autofocus` on any element.
document.getElementById("error-summary")?.focus();
