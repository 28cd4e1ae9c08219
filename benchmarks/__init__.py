"""What it costs, measured beside what it could cost: ``python -m benchmarks [row …] [--quick]``."""
