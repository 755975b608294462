"""Markup is taken out of texts, and what only looks like it is not."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.data.markup import strip_markup

PAGES = {
    "Good.<br /><br />Bad": "Good.\n\nBad",
    "<p>One</p><P class='a'>Two</P>": "\nOne\n\nTwo\n",
    'a<b>b</b><a href="x.html">c</a>': "abc",
    "x<!-- a\n<b> -->y<script src='a'>if (a < b) {}</script >z<style>p {}</style>": "xyz",
    "<!DOCTYPE html><html><body>a</body></html>": "\n\na\n\n",
    "AT&amp;T &#65;&#x42; &lt;b&gt;&nbsp;caf&eacute;": "AT&T AB <b> caf\u00e9",
}
#: What is text.
KEPT = (
    "I <3 it",
    "a < b and c > d",
    "from <me@home.org>",
    "<a@home.org>",
    "<unknown>",
    "x<y",
    "R&D & so on; AT&T",
    "&unknown;",
    "a <b",
)


@pytest.mark.parametrize("page", PAGES)
def test_markup_is_taken_out(page):
    assert strip_markup(page) == PAGES[page]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_markup_is_kept(text):
    assert strip_markup(text) == text


@given(text=st.text("ab<>&;/! -#1\n", max_size=30))
def test_what_was_escaped_is_read_as_it_was(text):
    assert strip_markup(html.escape(text, quote=False)) == text
