"""HTML's markup in texts that were taken from pages."""

from __future__ import annotations

import html
import re

# Expressions, and not Python's parser of HTML, whose answers to faulty pages differ from one
# version of Python to the next. Only names of elements: "<3", "a < b" and "<me@home>" are text.
_INLINE = "a|abbr|acronym|b|big|cite|code|del|em|font|i|img|ins|kbd|mark|q|s|small|span|strike|"
_INLINE += "strong|sub|sup|tt|u|var"
_BLOCK = "address|article|aside|blockquote|body|br|caption|center|dd|div|dl|dt|footer|form|h[1-6]|"
_BLOCK += "head|header|hr|html|li|main|nav|ol|p|pre|section|table|tbody|td|th|thead|title|tr|ul"
_UNSEEN = re.compile(
    r"<!--.*?-->|<!doctype[^>]*>|<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL
)
_WITHIN_LINES = re.compile(rf"</?(?:{_INLINE})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BETWEEN_LINES = re.compile(rf"</?(?:{_BLOCK})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def strip_markup(text: str) -> str:
    """Return a text without HTML's elements and comments, its entities replaced.

    Parameters
    ----------
    text : str
        Any text; what is not an element of HTML is kept, as ``<3`` and ``a < b``.

    Returns
    -------
    str
        A line break stands for each element that begins or ends a line, such as ``<br />``.
    """
    if "<" in text:
        text = _UNSEEN.sub("", text)
        text = _BETWEEN_LINES.sub("\n", _WITHIN_LINES.sub("", text))
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(entity: re.Match[str]) -> str:
    character = html.unescape(entity[0])
    return " " if character == "\xa0" else character
