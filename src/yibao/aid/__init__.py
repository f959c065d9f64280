"""Family mutual aid: grants on personal accounts."""
