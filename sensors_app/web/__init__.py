"""The web process: pages for people, ``/api/v1`` for programs, ``/metrics`` for Prometheus."""
