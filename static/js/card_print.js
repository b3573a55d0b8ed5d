// A button that opens the browser's own printing; without it, the browser's menu does.

const place = document.getElementById("print-here");
const button = document.createElement("button");
button.type = "button";
button.className = "btn btn--primary";
button.textContent = place.dataset.label;
button.addEventListener("click", () => print());
place.append(button);
