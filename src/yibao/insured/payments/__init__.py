"""What is owed and paid: bills, orders, channels, receipts, refunds, rerating."""
