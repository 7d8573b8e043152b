"""``python -m airq`` is the ``airq`` command."""

from airq.cli import main

main()
