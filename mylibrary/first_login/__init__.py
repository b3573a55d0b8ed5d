"""はじめての端末: the page that asks for one thing more than the birth date, and the counter's slip.

Why: docs/adr/0044-a-second-thing-at-the-first-login.md.
"""
