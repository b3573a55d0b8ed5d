// A button beside each password field that shows what was typed.

const labels = document.currentScript.dataset;

for (const field of document.querySelectorAll('input[type="password"]')) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn--small show-password";
  button.setAttribute("aria-controls", field.id);

  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? labels.hide : labels.show;
  };

  button.addEventListener("click", () => show(field.type === "password"));
  // Hidden again before it is sent, so that no browser keeps it as ordinary text.
  field.form.addEventListener("submit", () => show(false));
  show(false);
  field.after(button);
}
