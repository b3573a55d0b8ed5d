// The library keeps no copies of patron cards any more: this one goes, and what it kept.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) =>
  event.waitUntil(caches.delete("patron-card").then(() => self.registration.unregister())),
);
