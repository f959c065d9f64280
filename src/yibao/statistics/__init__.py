"""Monthly tables of an area: counted from the store, small numbers of people not shown."""
