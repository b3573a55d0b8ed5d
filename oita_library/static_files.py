"""How the static files are collected: the residents' stylesheet becomes one file."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "css/site.css"
_IMPORT = re.compile(r'@import url\("([a-z_]+\.css)"\);')


def joined(text: Callable[[str], str]) -> str:
    """Return the sheet with the sheets it imports in place of its imports.

    `text` reads a static file by its name.
    """
    return _IMPORT.sub(lambda found: text(f"css/{found[1]}"), text(SHEET))


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's, with the sheets that `css/site.css` imports in place of its imports.

    Without `collectstatic`, a browser follows the imports itself.
    """

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator:
        if not dry_run:

            def text(name: str) -> str:
                storage, path = paths[name]
                with storage.open(path) as sheet:
                    return sheet.read().decode()

            self.delete(SHEET)
            self.save(SHEET, ContentFile(joined(text).encode()))
            paths = paths | {SHEET: (self, SHEET)}
        yield from super().post_process(paths, dry_run, **options)
