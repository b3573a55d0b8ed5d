"""The patron card: on the screen, on paper, and as an offline card that a phone keeps.

The offline card (`PATRON_CARD_OFFLINE`) lives no longer than the login. Its owner switches it on.
The service worker's scope is the card alone; it asks the network first and keeps one page. Logging
out anywhere, 終了する, a card's address that leads to the login, or a page of another patron erases
it. It does not tick: a running clock would pretend that it is confirmed now.
"""
