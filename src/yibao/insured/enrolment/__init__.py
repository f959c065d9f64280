"""What a person belongs to: enrolments and groups, the documents they need, cover."""
