"""Code locations that benchmarks run."""
