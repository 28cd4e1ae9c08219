"""What users write: ops, jobs, sensors, and the Definitions that hold them."""
