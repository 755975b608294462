"""Translate the reStructuredText of docstrings to Markdown: roles, literal blocks and tables."""

import re
from textwrap import indent
from typing import Any

from griffe import Extension, Object

ROLE = re.compile(r":(?:class|data|exc|func|meth|mod):`~?([^`]+)`")
LITERAL_BLOCK = re.compile(r"(^|:):$", re.MULTILINE)
TABLE = re.compile(r"^(=+(?: +=+)+)$.*?^\1$.*?^\1$", re.MULTILINE | re.DOTALL)


class DocstringMarkup(Extension):
    """Translates the docstring of every object before it is parsed."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Translate one docstring; a table becomes a code block."""
        if obj.docstring:
            text = TABLE.sub(lambda table: indent(table[0], "    "), obj.docstring.value)
            text = ROLE.sub(r"`\1`", text)
            obj.docstring.value = LITERAL_BLOCK.sub(r"\1", text)
