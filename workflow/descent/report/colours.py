"""Colours of optimizers on a dark page: those of the figures, lightened until they are legible."""

from __future__ import annotations

#: The page's dark background.
DARK = "#14171c"
#: Least contrast of a line with its background, as the Web Content Accessibility Guidelines ask.
_LEAST_CONTRAST = 4.5


def on_dark(colour: str) -> str:
    """Return a colour as light as it must be on the dark page.

    Parameters
    ----------
    colour : str
        Hexadecimal sRGB, ``#rrggbb``.

    Returns
    -------
    str
        The colour itself, or mixed with as little white as gives the contrast.
    """
    parts = _parts(colour)
    for share in range(101):
        mixed = [round(part + (255 - part) * share / 100) for part in parts]
        if contrast(mixed, _parts(DARK)) >= _LEAST_CONTRAST:
            break
    return "#" + "".join(f"{part:02x}" for part in mixed)


def contrast(one: list[int], other: list[int]) -> float:
    """Return the contrast ratio of two colours of sRGB, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _parts(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _luminance(parts: list[int]) -> float:
    shares = [part / 255 for part in parts]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
