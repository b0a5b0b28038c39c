"""The fields of a page's form as a browser would send them."""

from html.parser import HTMLParser


class _Fields(HTMLParser):
    """Collects names and values of inputs, choices and texts."""

    def __init__(self):
        super().__init__()
        self.found, self.select, self.text = {}, None, None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name")
        if tag == "input" and name:
            self._input(name, given)
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.found[self.select] = given.get("value", "")
        elif tag == "textarea" and name:
            self.text, self.found[name] = name, ""

    def _input(self, name, given):
        kind = given.get("type", "text")
        if kind in ("submit", "button", "file") or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        self.found[name] = given.get("value") or ("on" if kind == "checkbox" else "")

    def handle_data(self, data):
        if self.text:
            # A line feed behind the tag is none of the text.
            self.found[self.text] += data.removeprefix("\n") if not self.found[self.text] else data

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None
        elif tag == "textarea":
            self.text = None


def fields_of(page):
    """Return the fields of all forms of a page with what stands in them."""
    reader = _Fields()
    reader.feed(page.content.decode())
    return {name: value for name, value in reader.found.items() if name != "csrfmiddlewaretoken"}
