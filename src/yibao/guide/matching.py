"""From a drug's name as a hospital prints it to lines of the catalogue that may be meant."""

from __future__ import annotations

import re
import unicodedata

from yibao.guide.drugs import Drug, drugs, drugs_named, find_drugs

MOST_CANDIDATES = 6
_AFTER_THE_NAME = re.compile(r"[\d(\[【*×/].*")
"""A strength, a package or a remark behind the name."""


def candidates_for(printed: str, area: str = "") -> tuple[Drug, ...]:
    """Lines that a printed name may mean, the likeliest first; none where nothing fits.

    Spaces, brackets and widths do not count, nor what stands behind the name.  A form that is
    printed with the name comes first: 阿莫西林胶囊 is 阿莫西林 in capsules.
    """
    plain = "".join(unicodedata.normalize("NFKC", printed).split())
    exact = drugs_named(plain, area)
    name = _AFTER_THE_NAME.sub("", plain)
    if exact or not name:
        return exact[:MOST_CANDIDATES]
    known = max((d.name for d in drugs(area) if name.startswith(d.name)), key=len, default="")
    if not known:
        return find_drugs(name, most=MOST_CANDIDATES, area=area)
    printed_form = set(name.removeprefix(known))
    lines = [drug for drug in drugs(area) if drug.name == known]
    lines.sort(key=lambda drug: -len(printed_form & set(drug.form)))
    return tuple(lines[:MOST_CANDIDATES])
