"""An agency's existing data into the store: read, checked, shown, written once."""
