"""Devices that stream by themselves: body-worn recorders and room cameras, who may, and what they recorded."""
