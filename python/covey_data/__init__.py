"""Turns data sets in the formats that practitioners have into npz files and a manifest for Covey."""

__version__ = "0.1.0"
