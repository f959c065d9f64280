"""Personal accounts: monthly credits, transfers, closing, money in suspense."""
