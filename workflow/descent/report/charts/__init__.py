"""The interactive figures of the page, one module each, declared with Vega-Altair.

A figure says what is drawn of which rows; the page's script only chooses which one is shown and
which optimizer is highlighted.
"""
