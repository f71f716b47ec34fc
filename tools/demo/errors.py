"""The one error of the demo: its text is one sentence for the person in front of it."""


class DemoError(Exception):
    """The story cannot go on."""
