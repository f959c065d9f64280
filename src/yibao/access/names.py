"""What the names of chains begin with that are no person's."""

from __future__ import annotations

USER, INSTITUTION, AGENCY, STORE, CASE = "user:", "institution:", "agency:", "store:", "case:"
EMPLOYER = "employer:"
"""``case:``: of somebody who is not registered yet."""

NO_PERSON = (USER, INSTITUTION, AGENCY, STORE, CASE, EMPLOYER)
