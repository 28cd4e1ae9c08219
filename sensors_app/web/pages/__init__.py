"""The pages: links and forms that work without JavaScript; every dialog is a URL."""
