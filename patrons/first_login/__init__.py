"""What is asked besides the birth date, where the browser is not the one that registered.

Why, and what each code is: docs/adr/0045-a-second-thing-at-the-first-login.md.
"""
