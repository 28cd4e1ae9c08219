"""``python -m sensors_app.cli``: the command ``sensors`` where its script is not on the path."""

from sensors_app.cli.root import main

if __name__ == "__main__":
    main()
