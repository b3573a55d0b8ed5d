// Shows the kept copy of the patron card where there is no network. Nothing else is kept, and
// nothing before the person has switched it on (static/js/card_offline.js puts it in).

const CACHE = "patron-card";
const COPY = "{% url 'mylibrary:card_offline' %}";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  if (request.destination === "style") event.respondWith(style(request));
});

async function page(request) {
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    return (await kept(COPY)) ?? Response.error();
  }
  // Sent on to the login: who was logged in here no longer is, so the copy goes as well.
  if (answer.type === "opaqueredirect") await caches.delete(CACHE);
  return answer.status >= 500 ? ((await kept(COPY)) ?? answer) : answer;
}

async function style(request) {
  try {
    return await fetch(request);
  } catch {
    return (await kept(request)) ?? Response.error();
  }
}

function kept(request) {
  return caches.match(request, { cacheName: CACHE });
}
