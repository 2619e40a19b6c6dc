"""Checks that every message of app/ is in Danish; with --update it first brings the catalogue up to date.

English needs no catalogue: a message is its own English, and gettext's plural rule without a catalogue is English.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

PROJECT = Path(__file__).resolve().parent.parent
DANISH = PROJECT / "translations" / "app" / "da" / "LC_MESSAGES" / "messages.po"
KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def main() -> int:
    """Print what is wrong, a line each; 1 if anything is."""
    wanted = extracted(PROJECT / "app")
    if "--update" in sys.argv:
        update(DANISH, wanted)
    faults = []
    for path in sorted(PROJECT.glob("translations/*/*/LC_MESSAGES/*.po")):
        catalogue = _read(path)
        found = [*faults_within(catalogue), *(faults_against(catalogue, wanted) if path == DANISH else ())]
        faults += [f"{path.relative_to(PROJECT)}: {fault}" for fault in found]
    if len(wanted) and not DANISH.exists():
        faults.append(f"{DANISH.relative_to(PROJECT)} is missing: make translations")
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


def extracted(folder: Path) -> Catalog:
    """The messages that stand in the code and in the templates."""
    with (PROJECT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog(charset="utf-8")
    for _, _, message, comments, context in extract_from_dir(folder, methods, options, KEYWORDS):
        found.add(message, auto_comments=comments, context=context)
    return found


def update(path: Path, wanted: Catalog) -> None:
    """Add what is new, drop what is gone; nothing is guessed."""
    catalogue = _read(path) if path.exists() else _new_catalogue()
    catalogue.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, no_location=True, ignore_obsolete=True)


def _new_catalogue() -> Catalog:
    header = "# The Danish words of Adgangsforvaltning.\n#"
    return Catalog(locale="da", header_comment=header, project="Adgangsforvaltning", charset="utf-8", fuzzy=False)


def faults_within(catalogue: Catalog) -> Iterator[str]:
    """What is wrong with the entries of one catalogue by themselves."""
    for message in catalogue:
        if not message.id:
            continue
        if message.fuzzy:
            yield f"fuzzy: {message.id!r}"
        if not all(_strings(message)):
            yield f"not translated: {message.id!r}"
        elif not _same_placeholders(message):
            yield f"other placeholders: {message.id!r} and {message.string!r}"
    yield from (f"obsolete: {message.id!r}" for message in catalogue.obsolete.values())


def faults_against(catalogue: Catalog, wanted: Catalog) -> Iterator[str]:
    """What the catalogue lacks of the messages wanted, and what it has too much."""
    have, need = ({(message.context, message.id) for message in each if message.id} for each in (catalogue, wanted))
    yield from (f"missing: {message!r}" for _, message in sorted(need - have, key=str))
    yield from (f"no longer in the code: {message!r}" for _, message in sorted(have - need, key=str))


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, abort_invalid=True)


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def _same_placeholders(message: Message) -> bool:
    ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    allowed = [sorted(PLACEHOLDER.findall(each)) for each in ids]
    *singular, last = [sorted(PLACEHOLDER.findall(each)) for each in _strings(message)]
    return last == allowed[-1] and all(each in allowed for each in singular)


if __name__ == "__main__":
    sys.exit(main())
