"""An agency of one store under random steps of its rooms, beside plain books of what it owes."""
