"""``python -m lppn_np.bench`` is ``lppn-np bench``."""

import sys

from lppn_np.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))
