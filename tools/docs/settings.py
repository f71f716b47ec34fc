"""The settings of the operator as a table of flags and variables."""

from lakeward.settings import OPTIONS

HEAD = "| Flag | Variable | Value | What it does (default) |\n|---|---|---|---|\n"


def settings() -> str:
    """One row for each setting."""
    rows = (f"| `{o.flag}` | `{o.variable}` | {o.shape} | {o.help} |" for o in OPTIONS)
    return HEAD + "\n".join(rows) + "\n"
