"""What mkdocs asks while it builds: the handbook's pages and the parts of the reference that come from the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

import handbook
import reference

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

MARK = re.compile(r"<!-- generated: ([a-z-]+) -->")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the handbook's pages by family under its index."""
    pages: list[Any] = ["handbook/index.md"]
    pages += [{title: [f"handbook/{code}.md" for code in codes]} for title, codes in handbook.families().items()]
    config.nav = [{"Handbook": pages} if "Handbook" in part else part for part in config.nav or []]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the handbook's pages; they are never written to disk, so they cannot go stale."""
    for name, text in handbook.pages().items():
        files.append(File.generated(config, f"handbook/{name}", content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Fill the places that name a generated part."""
    return MARK.sub(lambda mark: reference.PARTS[mark[1]](), markdown)
