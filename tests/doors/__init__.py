"""Every door walked by everybody: what the matrix does not grant is denied, without effect."""
