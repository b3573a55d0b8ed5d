// Tells before a login's time is over, and leaves the page when it is: nothing personal stays on the
// screen. The server decides; this page only knows how long it will. All tabs of the browser share
// the time, because any of them may have extended it.

const box = document.getElementById("session");
const notice = box.querySelector("[data-notice]");
const text = box.querySelector("[data-text]");
const more = box.querySelector("[data-more]");
const logout = document.getElementById("logout-form");
const words = notice.dataset;
const isDialog = notice instanceof HTMLDialogElement;

const SHARED = "login";
// A little late, so that the server has ended the login before it is asked again.
const LATE = 2_000;
const WARNING = Math.min(120_000, box.dataset.idle * 500);
const absoluteEnd = Date.now() + box.dataset.absolute * 1000 + LATE;
let idleEnd;
let trouble = "";
let dismissed = false;
let pressedUntil = 0;

// Storage may be closed to us (a browser's setting): then every tab has its own time.
function share() {
  try {
    localStorage.setItem(SHARED, JSON.stringify({ login: box.dataset.login, idleEnd }));
    return true;
  } catch {
    return false;
  }
}

function shared() {
  try {
    return JSON.parse(localStorage.getItem(SHARED));
  } catch {
    return null;
  }
}

function begin(seconds) {
  idleEnd = Date.now() + seconds * 1000 + LATE;
  return share();
}

const isShared = begin(box.dataset.idle);

function look() {
  if (Date.now() < pressedUntil) return;
  if (isShared) {
    const known = shared();
    // Logged out in another tab, perhaps somebody else is logged in by now.
    if (known?.login !== box.dataset.login) return leave("elsewhere");
    idleEnd = known.idleEnd;
  }
  const left = Math.min(idleEnd, absoluteEnd) - Date.now();
  if (left <= 0) return leave("timed-out");
  if (left <= WARNING) warn(left);
  else close();
}

function leave(ended) {
  clearInterval(timer);
  document.body.hidden = true;
  const query = new URLSearchParams({ next: location.pathname + location.search, ended });
  location.replace(`${notice.dataset.loginPage}?${query}`);
}

const canExtend = () => idleEnd < absoluteEnd;

function warn(left) {
  if (trouble) say(trouble);
  else if (!isDialog) say(inTime(words.minutes, words.minute, left));
  else if (canExtend()) say(inTime(words.idleMinutes, words.idleMinute, left));
  else say(inTime(words.absoluteMinutes, words.absoluteMinute, left));
  more.textContent = canExtend() ? words.continue : words.close;
  if (dismissed) return;
  if (!isDialog) more.hidden = !canExtend();
  else if (!notice.open) notice.showModal();
}

function inTime(minutes, minute, left) {
  return left > 60_000 ? minutes.replace("{minutes}", Math.ceil(left / 60_000)) : minute;
}

// Said again only when it changes: the element is a live region.
function say(words) {
  if (text.textContent !== words) text.textContent = words;
}

function close() {
  trouble = "";
  if (!isDialog) {
    more.hidden = true;
    say("");
  } else if (notice.open) notice.close();
}

async function goOn() {
  if (!canExtend()) {
    dismissed = true;
    return close();
  }
  more.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(notice.dataset.extend, {
      method: "POST",
      body: new URLSearchParams(new FormData(logout)),
      redirect: "manual",
    });
    if (answer.ok) {
      begin((await answer.json()).idle);
      close();
    } else if (answer.status < 500)
      leave("elsewhere"); // sent to the login page, or refused
    else throw new Error(answer.status);
  } catch {
    trouble = words.trouble;
    look();
  } finally {
    more.removeAttribute("aria-busy");
  }
}

more.addEventListener("click", goOn);
// The answer may empty the storage (Clear-Site-Data) while this page is still there, and wait for it.
logout.addEventListener("submit", () => (pressedUntil = Date.now() + 10_000));
notice.addEventListener("cancel", (event) => {
  event.preventDefault();
  goOn();
});

const timer = setInterval(look, 1000);
// A tab in the background, and a device that slept, are late.
addEventListener("storage", look);
document.addEventListener("visibilitychange", look);
