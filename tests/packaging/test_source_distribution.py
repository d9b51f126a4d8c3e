from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def test_a_source_distribution_has_what_its_tests_and_its_readme_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
    assert all((ROOT / name).exists() for name in included)
    links = LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert links
    needed = {
        "desktop",
        "resources",
        "tests",
        "packaging",
        *(Path(link).parts[0] for link in links),
    }
    assert needed <= {*included}
