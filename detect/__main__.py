"""`python -m detect`."""

from detect.cli.main import main

if __name__ == "__main__":
    main()
