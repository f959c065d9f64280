"""The calculators: each declares its inputs and makes an answer of them."""
