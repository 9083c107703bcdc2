"""Addresses: only their text, nothing is fetched."""
