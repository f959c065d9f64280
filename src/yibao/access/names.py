"""What the names of chains begin with that are no person's."""

from __future__ import annotations

USER, INSTITUTION, STORE, CASE = "user:", "institution:", "store:", "case:"
"""``case:``: of somebody who is not registered yet."""

NO_PERSON = (USER, INSTITUTION, STORE, CASE)
