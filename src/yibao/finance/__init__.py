"""Money between the books and whoever moves it: what channels report, day by day."""
