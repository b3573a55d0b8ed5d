"""What a reader of a mail's HTML part sees: its words, its links and the language they are in."""

import re
from html.parser import HTMLParser

# What a text has for the shape of headings and lists.
MARKS = re.compile(r"^(?:■|・|- )", re.MULTILINE)


def squeezed(text: str) -> str:
    """Return a text without spaces and without the marks that HTML has elements for."""
    return re.sub(r"\s", "", MARKS.sub("", text))


class Shown(HTMLParser):
    """A mail's HTML part, read: `words` squeezed, `links` in order, `language` and `tags`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.language, self.tags, self.links = "", [], []
        self._said: list[str] = []
        self.feed(html)
        self.close()
        self.words = re.sub(r"\s", "", "".join(self._said))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attributes)
        assert not given.keys() & {"src", "srcset", "style", "background"}, "asks for something"
        if tag == "html":
            self.language = given["lang"]
        if tag == "a":
            self.links.append(given["href"])

    def handle_data(self, data: str) -> None:
        if "body" in self.tags:
            self._said.append(data)
