// The page that is scanned into: the field has the focus, Esc and a minute without a scan end a turn.
const form = document.querySelector("[data-scan]");
const turn = document.querySelector("[data-turn]");
const field = form?.querySelector("[name=number]");

if (field) {
  field.focus();
  // A reader types wherever the focus is: outside of fields and buttons it is brought back.
  document.addEventListener("click", (event) => {
    const leaves = event.target.closest("a:not([target]), button, input, select, summary, details");
    if (!leaves) field.focus();
  });
  document.addEventListener("keydown", (event) => {
    const isTyped = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isTyped && event.key !== " " && !event.target.closest("input, select")) field.focus();
  });
  // A second Enter sends nothing: the first is on its way.
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (isSent || !field.value.trim()) event.preventDefault();
    else isSent = true;
  });
  addEventListener("pageshow", () => {
    isSent = false;
    field.value = "";
  });
}

if (turn) {
  const end = () => turn.querySelector("button").click();
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) end();
  });
  // The server ends it, too; this takes it off the screen.
  setTimeout(() => location.replace(location.href), Number(turn.dataset.seconds) * 1000);
}
