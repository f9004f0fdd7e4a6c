"""``python -m lppn_np`` is the command ``lppn-np``."""

import sys

from lppn_np.cli import main

if __name__ == "__main__":
    sys.exit(main())
