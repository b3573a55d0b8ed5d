// On pages with personal data: one that the browser had kept (Back after a logout) is asked for
// again, and is not seen until the server has answered.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.body.hidden = true;
  location.replace(location.pathname + location.search);
});
