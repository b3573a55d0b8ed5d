// Keeps a copy of the patron card in this browser, for its owner, who has switched it on.
//
// On every page of My Library: what another patron left here is erased. On the card's page: the
// button, and a new copy at each visit. After the logout: everything is erased.

const CACHE = "patron-card";
const OWNER = "patron-card-owner";
const storage = opened();
const able = storage && "serviceWorker" in navigator && "caches" in window;
const owner = document.querySelector('meta[name="patron-card-owner"]')?.content ?? "";
const box = document.getElementById("card-offline");

if (able) {
  const others = storage.getItem(OWNER) && storage.getItem(OWNER) !== owner;
  const ready = others ? forget() : Promise.resolve();
  if (box) ready.then(offer);
}

function opened() {
  try {
    return localStorage;
  } catch {
    return null; // closed by the browser's settings: nothing is kept
  }
}

async function offer() {
  const [on, off] = box.querySelectorAll("button");
  const show = (kept, text) => {
    on.hidden = kept;
    off.hidden = !kept;
    box.querySelector("[role=status]").textContent = text;
  };
  on.addEventListener("click", async () => {
    on.disabled = true;
    try {
      await keep();
      show(true, box.dataset.kept);
      off.focus();
    } catch {
      await forget();
      show(false, box.dataset.failed);
    }
    on.disabled = false;
  });
  off.addEventListener("click", async () => {
    await forget();
    show(false, box.dataset.removed);
    on.focus();
  });
  show(storage.getItem(OWNER) === owner, "");
  box.hidden = false;
  // The copy says when it was last confirmed: now.
  if (storage.getItem(OWNER) === owner) await keep().catch(() => {});
}

async function keep() {
  await navigator.serviceWorker.register(box.dataset.worker, { scope: box.dataset.scope });
  const answer = await fetch(box.dataset.copy, { cache: "no-store", redirect: "error" });
  if (!answer.ok) throw new Error(answer.status);
  const page = new DOMParser().parseFromString(await answer.clone().text(), "text/html");
  const styles = [...page.querySelectorAll("link[rel=stylesheet]")].map((link) => link.href);
  const cache = await caches.open(CACHE);
  await cache.addAll(styles);
  await cache.put(box.dataset.copy, answer);
  const wanted = [...styles, new URL(box.dataset.copy, location.href).href];
  for (const request of await cache.keys()) {
    if (!wanted.includes(request.url)) await cache.delete(request);
  }
  storage.setItem(OWNER, owner);
}

async function forget() {
  storage.removeItem(OWNER);
  await caches.delete(CACHE);
  for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister();
}
