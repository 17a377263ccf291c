"""What `tools/benchmarks/speed.py` is made of: the measured cases, the plain reference, workers, and the report."""
