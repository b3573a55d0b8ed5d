// Django's choosers name their icons by a label, which an element without a role may not have.
addEventListener("load", () => {
  for (const icon of document.querySelectorAll(".search-label-icon")) {
    icon.setAttribute("role", "img");
  }
});
