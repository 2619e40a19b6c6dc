"""What a page weighs: its HTML, its HTML as a proxy sends it, and all files of a browser's first visit."""

from __future__ import annotations

import gzip
import re
from urllib.parse import urljoin

from bench.side_by_side.sites import Site, asked

FILE = re.compile(r'<(?:link|script|img|use)\b[^>]*?(?:href|src)="(/static/[^"#]+)')
FACE = re.compile(r"@font-face\s*{[^}]*}")
LATIN = "U+0000-00FF"
INSIDE = re.compile(r'url\(["\']?([^"\')#]+)')


def zipped(content: bytes) -> int:
    """Bytes over the wire, as nginx and Caddy zip text."""
    return len(gzip.compress(content, 6))


def of_first_visit(site: Site, path: str) -> int:
    """Bytes over the wire of the files that a page and its styles ask for, zipped where that helps."""
    _answer, page = asked(site.port, "GET", path, site.cookies)
    waiting, seen = list(FILE.findall(page.decode())), dict[str, int]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        _answer, content = asked(site.port, "GET", name)
        seen[name] = min(len(content), zipped(content))
        if ".css" in name:
            waiting += [urljoin(name, found) for found in _asked_by(content.decode())]
    return sum(seen.values())


def _asked_by(styles: str) -> list[str]:
    """The files that styles ask for on a Danish page: a font for other letters is not fetched until there are some."""
    here = FACE.sub(lambda face: "" if "unicode-range" in face[0] and LATIN not in face[0] else face[0], styles)
    return [found for found in INSIDE.findall(here) if "data:" not in found]
