"""People, relations, enrolments and contributions."""
