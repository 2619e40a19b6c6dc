"""Prints the table of settings for the README, from config.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import SETTINGS

if __name__ == "__main__":
    print("| setting | what it is | when not given |\n|---|---|---|")
    for name, setting in SETTINGS.items():
        print(f"| `{name}` | {setting.meaning} | {setting.default} |")
