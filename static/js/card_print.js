// A button that opens the browser's own printing; without it, the browser's menu does.

const button = document.createElement("button");
button.type = "button";
button.className = "btn btn--primary";
button.textContent = "印刷する";
button.addEventListener("click", () => print());
document.getElementById("print-here").append(button);
