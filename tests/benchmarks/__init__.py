"""Measures what the product promises about its cost: ``make bench``."""
