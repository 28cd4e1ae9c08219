"""What people do to a deployment, whether on the command line, on a page or through the API."""
