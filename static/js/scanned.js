// A reader's number replaces what was looked for before.
document.querySelector("[data-scanned]")?.select();
