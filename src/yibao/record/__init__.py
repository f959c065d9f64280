"""One's own records across the rooms, page by page: what pages and the API show a person."""
