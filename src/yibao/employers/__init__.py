"""Employers (用人单位): their staff, what they declare each month, their bills and late fees."""
