"""Packs, parameters, dates, sources, disputes, and the rulebook compiled from them."""
