"""How facts of a person stand in rows and hashes: by name, in versions, read in every form."""
