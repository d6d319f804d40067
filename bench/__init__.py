"""Benchmarks that print ratios: everything in one run, on one machine, beside what others do."""
