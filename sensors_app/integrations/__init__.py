"""Helpers for services outside, each in a module of its own that needs an extra of its own.

Not imported by ``sensors_app``: who does not use Slack or S3 needs neither of their clients.
"""
