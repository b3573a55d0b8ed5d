// Tells the other tabs of this browser that nobody is logged in any more (see session.js).
try {
  // Where the answer has emptied the storage already, removing alone would tell nobody.
  localStorage.setItem("login", "");
  localStorage.removeItem("login");
} catch {
  // No storage, nothing shared.
}
