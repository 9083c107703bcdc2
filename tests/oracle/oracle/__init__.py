"""Runs programs on real Django and CPython and writes down what they did."""
