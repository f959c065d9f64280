"""People who move to another area, or leave the insurance: what goes with them."""
