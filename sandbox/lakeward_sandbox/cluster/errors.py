"""The one error of this room. Its first line is a sentence for a person; lines below it are what a program said."""


class ClusterError(Exception):
    """No cluster can be had, or one did not start: the text says which part and the way out."""
