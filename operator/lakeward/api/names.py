"""Names of Unity Catalog that several kinds write: aliases, keys of tags, principals, privileges, patterns of them.

Knows no kind.
"""

from typing import Annotated

from pydantic import Field

from lakeward.api.common import LEVEL
from lakeward.api.schema import Rule, matches

CHAMPION, PREVIOUS, CHALLENGER = "champion", "previous", "challenger"

ModelAlias = Annotated[
    str,
    Field(min_length=1, max_length=64),
    matches("[a-z][a-z0-9_-]*", "must be lower-case letters, digits, _ and -, led by a letter"),
    Rule(
        "self != 'latest' && !self.matches('^v[0-9]+$')",
        "must not be latest nor v and a number: Unity Catalog reserves them",
        lambda alias: alias != "latest" and not (alias[0] == "v" and alias[1:].isdigit()),
    ),
]
# Python's and RE2's \s and \w differ: what both must read alike names its characters
_INNER, _OUTER = r"[^\x00-\x1f.,=/:-]", r"[^\x00-\x20.,=/:-]"
TAG_KEY = f"{_OUTER}({_INNER}{{0,253}}{_OUTER})?"
TagKey = Annotated[
    str,
    Field(min_length=1, max_length=255),
    matches(TAG_KEY, "must not have . , = / : or -, nor blanks around it, which Unity Catalog refuses in keys of tags"),
]
TagValue = Annotated[
    str,
    Field(min_length=1, max_length=1000),
    matches(
        r"[^\x00-\x20]([^\x00-\x1f]*[^\x00-\x20])?",
        "must be one line without blanks around it, which Unity Catalog refuses in values of tags",
    ),
]
TagPattern = Annotated[
    str,
    Field(min_length=1, max_length=255),
    matches(TAG_KEY, "must be the key of a tag, in which * stands for any text, for example owner_*"),
]
ModelPattern = Annotated[
    str,
    Field(min_length=1, max_length=767),
    matches(
        r"[a-z0-9_*-]+\.[a-z0-9_*-]+\.[a-z0-9_*-]+",
        "must be catalog.schema.model in lower case, in which * stands for any text within one name",
    ),
]
PrivilegeName = Annotated[
    str,
    Field(min_length=1, max_length=64),
    matches("[A-Z][A-Z_]*", "must be upper-case letters and _, like USE_SCHEMA"),
]
Principal = Annotated[
    str,
    Field(min_length=1, max_length=255),
    matches("[A-Za-z0-9]([A-Za-z0-9 ._@+-]*[A-Za-z0-9])?", "must be the name of a user, group or service principal"),
]
JobName = Annotated[
    str,
    Field(min_length=1, max_length=4096),
    matches(r"[^\x00-\x20].*", "must be the name of a job, not led by a blank"),
]
SecurableName = Annotated[
    str,
    Field(min_length=1, max_length=767),
    matches(rf"{LEVEL}(\.{LEVEL}){{0,2}}", "must be one to three lower-case names with periods between"),
]
