"""Fetch the few foreign front-end files and put them, with their licences, where the app serves them.

Run it by hand when a version is to change: `python tools/vendor_assets.py`. Nothing is fetched when the app runs or is
installed. The packages come through npm's own client; only the files named below are kept, unchanged.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVED = ROOT / "app" / "static" / "vendor"
TESTS = ROOT / "tests" / "vendor"

INTER = [f"files/inter-{subset}-wght-normal.woff2" for subset in ("latin", "latin-ext", "greek", "cyrillic")]

# package as npm is asked for it, target folder, files kept, files that hold its licence
PACKAGES: list[tuple[str, Path, list[str], list[str]]] = [
    ("bootstrap@5.3", SERVED, ["dist/css/bootstrap.min.css"], ["LICENSE"]),
    ("htmx.org@2", SERVED, ["dist/htmx.min.js"], ["LICENSE"]),
    ("@fontsource-variable/inter@5", SERVED, INTER, ["LICENSE"]),
    ("axe-core@4", TESTS, ["axe.min.js"], ["LICENSE", "LICENSE-3RD-PARTY.txt"]),
]


def fetch(package: str, folder: Path) -> Path:
    """Download one package with npm and unpack it; return the folder that holds its files."""
    answer = subprocess.run(
        ["npm", "pack", package, "--json", "--pack-destination", str(folder)],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    packed = json.loads(answer.stdout)[-1]["filename"].replace("@", "").replace("/", "-")
    unpacked = folder / "unpacked"
    with tarfile.open(folder / packed) as archive:
        archive.extractall(unpacked, filter="data")
    return unpacked / "package"


def main() -> None:
    versions: dict[Path, dict[str, str]] = {SERVED: {}, TESTS: {}}
    for package, target, files, licences in PACKAGES:
        with tempfile.TemporaryDirectory() as temporary:
            source = fetch(package, Path(temporary))
            about = json.loads((source / "package.json").read_text(encoding="utf-8"))
            target.mkdir(parents=True, exist_ok=True)
            for name in files:
                shutil.copyfile(source / name, target / Path(name).name)
            short = about["name"].split("/")[-1].removesuffix(".org")
            for name in licences:
                shutil.copyfile(source / name, target / f"{short}.{Path(name).stem}.txt")
            versions[target][about["name"]] = f"{about['version']} ({about['license']})"
    for target, found in versions.items():
        (target / "versions.json").write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        print(target.relative_to(ROOT), found)


if __name__ == "__main__":
    main()
