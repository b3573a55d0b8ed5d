"""One thing more than the birth date: docs/adr/0045-a-second-thing-at-the-first-login.md."""
