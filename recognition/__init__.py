"""Faces: detect, gate, compare, and judge; whose face it is, this room never learns."""
