"""Institutions, visits and settlements."""
