// Puts a work on a shelf, or into the basket of holds, without leaving the page. Whatever cannot be done so is
// done as without this script: the form is sent, and the answer is a page.
const form = document.getElementById("to-bookshelf");
const said = form?.querySelector("[role=status]");
let plainly = false;

form?.addEventListener("submit", (event) => {
  if (plainly || !event.submitter) return;
  event.preventDefault();
  put(event.submitter);
});

async function put(button) {
  if (button.ariaDisabled || button.ariaBusy) return;
  button.ariaBusy = "true";
  const body = new FormData(form);
  body.set(button.name, button.value);
  try {
    const headers = { Accept: "application/json" };
    const action = button.getAttribute("formaction") ?? form.action;
    const response = await fetch(action, { method: "POST", body, headers });
    // To the login, which leads on to what was wanted.
    if (response.redirected) return location.assign(response.url);
    const answer = await response.json();
    if (!answer.put) throw new Error("refused");
    said.textContent = answer.said;
    button.textContent = button.dataset.done ?? form.dataset.done;
    button.ariaDisabled = "true";
    button.ariaBusy = null;
  } catch {
    plainly = true;
    form.requestSubmit(button);
  }
}
