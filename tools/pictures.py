"""Takes the pictures of docs/interface.md and of README.md anew: the demo, in the browser that the tests use.

make pictures
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import Browser
from sqlalchemy import select

from app import create_app
from app.extensions import db
from app.models import Authority
from app.services import demo, reference
from app.transaction import transaction
from config import PROJECT, settings
from tests import servers
from tests.browser import browser
from tests.site import served

FOLDER = PROJECT / "docs" / "pictures"
LARGEST = 150 * 1024
NEW = "Region Nordjylland"  # registered in the demo; its first user does not have the username yet
KNOWN = "Sikkerhedsstyrelsen"


@dataclass(frozen=True)
class Picture:
    """Who looks at which address, in what; the button that is pressed first."""

    path: str
    username: str = ""
    width: int = 1120
    height: int = 720
    theme: str = "light"
    button: str = ""


PICTURES = {
    "log-in": Picture("/login/", height=780),
    "list": Picture("/coordinated-authorities/?mine=no", "nimicdk001"),
    "receipt": Picture("/register-authority/{new}/receipt", "nimicdk001", button="Vis brugernavn"),
    "narrow": Picture("/authorities/{known}/users", "nimicdk001", width=390, height=720, theme="dark"),
    "sheet": Picture("/authorities/{known}/print", "nimicdk001", height=820),
}


def main() -> int:
    """Take them all; 1 where one has become too large."""
    with tempfile.TemporaryDirectory() as folder:
        application = _application(Path(folder))
        ids = _build(application)
        with served(application) as address, browser() as chromium:
            for name, picture in PICTURES.items():
                _take(chromium, address, picture, ids, FOLDER / f"{name}.png")
    sizes = {name: (FOLDER / f"{name}.png").stat().st_size for name in PICTURES}
    for name, size in sizes.items():
        print(f"{name}.png {size // 1024} KB")
    return int(max(sizes.values()) > LARGEST)


def _application(folder: Path) -> Flask:
    laid_over = {"DATABASE_URL": f"sqlite:///{folder}/demo.db", "REDIS_URL": servers.valkey_url()}
    return create_app({**settings({**os.environ, **laid_over}), "APP_VAR": folder})


def _build(application: Flask) -> dict[str, str]:
    with application.app_context():
        upgrade(str(PROJECT / "migrations"))
        with transaction():
            reference.load(reference.SHIPPED)
            demo.build()
        found = {
            key: db.session.scalars(select(Authority.public_id).where(Authority.official_name == name)).one()
            for key, name in (("new", NEW), ("known", KNOWN))
        }
        db.session.remove()
    return {key: str(number) for key, number in found.items()}


def _take(chromium: Browser, address: str, picture: Picture, ids: dict[str, str], file: Path) -> None:
    context = chromium.new_context(
        locale="da-DK",
        color_scheme=picture.theme,  # type: ignore[arg-type]
        viewport={"width": picture.width, "height": picture.height},
    )
    page = context.new_page()
    if picture.username:
        page.goto(f"{address}/login/")
        page.get_by_label("Brugernavn", exact=True).fill(picture.username)
        page.get_by_label("Password", exact=True).fill(demo.PASSWORD)
        with page.expect_navigation():
            page.get_by_role("button", name="Log ind").click()
    page.goto(address + picture.path.format(**ids))
    if picture.button:
        with page.expect_navigation():
            page.get_by_role("button", name=picture.button).click()
    page.evaluate("document.fonts.ready.then(() => true)")
    page.screenshot(path=file)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
