"""Pages behind a login: 我要查 (one's own records) and 我要办 (what one can do oneself)."""
