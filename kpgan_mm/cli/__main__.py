"""`python -m kpgan_mm.cli` is `kpgan`."""

from kpgan_mm.cli import main

main()
