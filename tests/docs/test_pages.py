"""What the pages name exists: linked files, and beside a linked module the names that it is said to hold."""

import re
from collections.abc import Iterator

import pytest

from deploy.local.folders import PROJECT

ONE_EVENT = "docs/un-evenement.md"
PAGES = ("README.md", "docs/premier-evenement.md", ONE_EVENT)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
_HELD = re.compile(r"\]\((\S+\.py)\),\s+`(\w+)`")
_NAME = re.compile(r"`(\w+)`")


def read(link: str) -> str:
    return (PROJECT / "docs" / link).read_text(encoding="utf-8")


def found(pattern: re.Pattern[str], page: str) -> Iterator[tuple[str, ...]]:
    for match in pattern.finditer((PROJECT / page).read_text(encoding="utf-8")):
        yield match.groups()


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file(page: str) -> None:
    missing = [link for (link,) in found(_LINK, page) if not (PROJECT / page).parent.joinpath(link).exists()]

    assert missing == []


def test_the_page_of_one_event_names_what_the_modules_hold() -> None:
    modules = {link: read(link) for (link,) in found(_LINK, ONE_EVENT) if link.endswith(".py")}
    held = list(found(_HELD, ONE_EVENT))

    elsewhere = [(link, name) for link, name in held if not re.search(rf"(def|class) {name}\b", modules[link])]
    nowhere = [name for (name,) in found(_NAME, ONE_EVENT) if not any(name in text for text in modules.values())]

    assert len(held) > 10
    assert (elsewhere, nowhere) == ([], [])
