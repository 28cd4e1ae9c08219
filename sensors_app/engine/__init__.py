"""The rules: how a sensor is evaluated, how a run is executed, what must be sent when."""
