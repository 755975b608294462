"""The JavaScript that draws the charts: Vega, Vega-Lite and their embedding, as one text.

It comes with the package ``vl-convert-python``: nothing is fetched.
"""

from __future__ import annotations

from functools import cache

import altair as alt
import vl_convert


@cache
def library() -> str:
    """Return the text of the libraries, which define ``vegaEmbed``."""
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version))
