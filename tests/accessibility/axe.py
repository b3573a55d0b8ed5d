"""axe-core over a page that a browser shows.

`axe.min.js` is axe-core 4.14.1, MPL-2.0, kept whole with its licence.
"""

from pathlib import Path

from playwright.sync_api import Page

from tests.browser import ENDS, HEIGHTS, WIDTHS

SCRIPT = (Path(__file__).parent / "axe.min.js").read_text()
LARGER = (375, 430, 1280)
# What passed is counted where it is: with every element of it, the answer takes longer to carry
# here than to find. `preload` would copy imported sheets into inline styles, which the policy
# forbids; no rule of these tags reads them.
RUN = """async tags => {
    const {violations, passes} = await axe.run(
        {runOnly: tags, preload: false, resultTypes: ["violations"]});
    return {violations, passes: passes.length};
}"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def assert_accessible(page: Page) -> None:
    """Fail with every rule that axe-core finds broken, where, and why."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    result = page.evaluate(RUN, TAGS)
    found = [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
    assert not found, f"{page.url}\n" + "\n".join(found)
    assert result["passes"], "axe-core checked nothing"


def assert_no_sideways_scroll(page: Page) -> None:
    """Fail when the page is wider than the window (WCAG 2.2, 1.4.10 Reflow).

    In the narrowest window it is tried in larger ones, too.
    """
    given = page.viewport_size
    assert given is not None
    larger = LARGER if given["width"] == min(WIDTHS) else ()
    for width in (given["width"], *larger):
        if larger:
            page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 800)})
        widths = page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert widths[0] <= widths[1], f"{page.url} scrolls sideways: {widths}"
    if larger:
        page.set_viewport_size(given)


def assert_accessible_and_fits(page: Page, widths: tuple[int, ...] = ENDS) -> None:
    """Ask both of a page that is shown, in windows of several widths.

    No page is loaded anew: neither the server nor a script of ours knows a window's width.
    """
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        assert_no_sideways_scroll(page)
        assert_accessible(page)
