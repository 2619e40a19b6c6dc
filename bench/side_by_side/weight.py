"""What a page weighs: its HTML, its HTML as a proxy sends it, and all files of a browser's first visit."""

from __future__ import annotations

import gzip
import re
from urllib.parse import urljoin

from bench.side_by_side.sites import Site, asked

FILE = re.compile(r'<(?:link|script|img|use)\b[^>]*?(?:href|src)="(/static/[^"#]+)')
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
            waiting += [urljoin(name, found) for found in INSIDE.findall(content.decode()) if "data:" not in found]
    return sum(seen.values())
