"""Runs a job's plan in this process, step by step, and reports what happens."""
