// Tells the other tabs of this browser that nobody is logged in any more (see session.js).
try {
  localStorage.removeItem("login");
} catch {
  // No storage, nothing shared.
}
