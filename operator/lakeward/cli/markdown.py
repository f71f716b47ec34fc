"""Text of strangers in Markdown: it stays text, and nobody is mentioned by it. Pure."""

import re

from lakeward.engine.render import clean

LONGEST = 300


def code(text: str) -> str:
    """The text as code on one line, for a sentence or the cell of a table; nothing in it can end either.

    Code is what a forge neither links nor notifies anybody about.
    """
    plain = clean(" ".join(text.split()), LONGEST) or " "
    # a table is cut at its bars before code is looked for
    plain = re.sub(r"(\\*)\|", r"\1\1\\|", plain)
    fence = "`" * (max(map(len, re.findall("`+", plain)), default=0) + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def word(text: str) -> str:
    """A word of ours as it is; anything else as code."""
    return text if re.fullmatch("[A-Za-z]+", text) else code(text)


def row(*cells: str) -> str:
    """A line of a table of cells that are Markdown already."""
    return f"| {' | '.join(cells)} |"
