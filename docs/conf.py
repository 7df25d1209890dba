"""How Sphinx makes the site out of the pages beside this file: `make docs`, with warnings as errors."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from schemaguard import __version__  # noqa: E402 (the checkout's, installed or not)

project = "schemaguard"
author = "schemaguard contributors"
project_copyright = "schemaguard contributors, BSD-3-Clause"
release = __version__

extensions = ["myst_parser", "sphinx_copybutton"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

# `### SG203` is `findings.html#sg203`, which every report links to.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]

html_theme = "furo"
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL", "")
html_title = f"schemaguard {release}"
html_extra_path = ["report.schema.json"]
html_copy_source = False
html_theme_options = {
    "source_repository": "https://github.com/schemaguard/django-schemaguard/",
    "source_branch": "main",
    "source_directory": "docs/",
}
html_static_path = ["_static"]
html_css_files = ["site.css"]
# What people search for is written with straight quotes.
smartquotes = False

# The button copies what is typed, without the prompt and without the output.
copybutton_prompt_text = r"\$ |[a-z]+=[#>] |mysql> |sqlite> "
copybutton_prompt_is_regexp = True


def describe(_app: Any, name: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """What a search engine shows below the title of a page about an error message."""
    if name.startswith("errors/") and name != "errors/index":
        title = str(context.get("title", "")).replace("&quot;", "").replace('"', "")
        text = f"Django migrations: {title}. How it comes about, how to see it, and the command that mends it."
        context["metatags"] = context.get("metatags", "") + f'<meta name="description" content="{text}">'


def setup(app: Any) -> None:
    app.connect("html-page-context", describe)
