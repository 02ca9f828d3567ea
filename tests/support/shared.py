"""Real files that lie beside the checkout and are no part of it; what reads them is skipped where they are not."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not beside the checkout")
