"""One thing more than the birth date: the page that asks for it.

Why: docs/adr/0045-a-second-thing-at-the-first-login.md.
"""
