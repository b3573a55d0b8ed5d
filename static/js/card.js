// Keeps the card's clock going and the screen on while the card is shown.

const time = document.getElementById("card-time");
// The server's time goes on by this device's clock, so a phone that is set wrong shows it right.
const ahead = Date.parse(time.dateTime) - Date.now();
const TOKYO = 9 * 60 * 60 * 1000;

function tick() {
  const now = new Date(Date.now() + ahead + TOKYO);
  const two = (number) => String(number).padStart(2, "0");
  const { format, months } = time.parentElement.dataset;
  const shown = format
    .replace("{year}", now.getUTCFullYear())
    .replace("{month}", months.split(" ")[now.getUTCMonth()])
    .replace("{day}", two(now.getUTCDate()))
    .replace("{hour}", now.getUTCHours())
    .replace("{minute}", two(now.getUTCMinutes()));
  if (time.textContent !== shown) {
    time.textContent = shown;
    time.dateTime = `${now.toISOString().slice(0, 19)}+09:00`;
  }
}

// A browser gives the wake lock back whenever the page is hidden, and may refuse it (battery low).
async function keepScreenOn() {
  if (document.visibilityState !== "visible") return;
  tick();
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // The card can be read all the same.
  }
}

setInterval(tick, 1000);
document.addEventListener("visibilitychange", keepScreenOn);
keepScreenOn();
