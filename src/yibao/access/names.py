"""What the names of chains begin with that are no person's."""

from __future__ import annotations

USER, INSTITUTION, STORE = "user:", "institution:", "store:"

NO_PERSON = (USER, INSTITUTION, STORE)
