"""Who a Databricks user is in Kubernetes, by the operator's setting. Pure."""

from collections.abc import Sequence


def person(rules: Sequence[tuple[str, str]], user: str) -> str | None:
    """The Kubernetes name of a Databricks user by the first rule that fits, or None.

    A rule is a pattern and a name, each with at most one `*`. A user is an e-mail address, whose case means nothing:
    what has no `@` is a service principal, which is no person whatever the rules say.
    """
    if "@" not in user:
        return None
    return next((name for name in (_named(*rule, user) for rule in rules) if name is not None), None)


def _named(pattern: str, name: str, user: str) -> str | None:
    before, star, after = pattern.partition("*")
    if not star:
        return name if user.casefold() == pattern.casefold() else None
    end = len(user) - len(after)
    starred = user[len(before) : end]
    fits = user[: len(before)].casefold() == before.casefold() and user[end:].casefold() == after.casefold()
    return name.replace("*", starred) if fits and starred else None
