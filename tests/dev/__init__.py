"""``sensors dev``, and what else one starts the system with."""
